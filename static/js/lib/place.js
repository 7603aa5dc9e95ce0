// @ts-check
/* A place on a waiting list: what it says, and how often to look. */

const SOONEST = 3_000;
const LATEST = 30_000;

/**
 * @param {number} ahead
 * @param {{ next: string, one: string, many: string }} words  `many` with "{n}"
 */
export function wording(ahead, words) {
  if (ahead === 0) return words.next;
  return ahead === 1 ? words.one : words.many.replace("{n}", String(ahead));
}

/**
 * Milliseconds between two looks: often near the head, seldom far behind it.
 * @param {number | null} ahead
 */
export function rhythm(ahead) {
  return Math.min(SOONEST + (ahead ?? 0) * 200, LATEST);
}
