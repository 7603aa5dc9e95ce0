// @ts-check
/* When to ask again. Times are milliseconds; chance is a number from 0 to 1. */

const LONGEST = 60_000;

/**
 * A pause around `every`, spread by a quarter so that browsers do not ask together.
 * @param {number} every @param {number} chance
 */
export function jittered(every, chance) {
  return Math.round(every * (0.75 + chance / 2));
}

/**
 * Twice as long after each failure in a row, never above a minute, never below what a server asked for.
 * @param {number} every @param {number} failures @param {number} [asked]  Retry-After in seconds
 */
export function pause(every, failures, asked = 0) {
  return Math.max(Math.min(every * 2 ** failures, Math.max(every, LONGEST)), asked * 1000);
}
