// @ts-check

/**
 * The number after a step, kept inside its bounds.
 * @param {string} value @param {number} by @param {number} min @param {number} max
 */
export function stepped(value, by, min, max) {
  const now = Number.parseInt(value, 10);
  return Math.min(max, Math.max(min, (Number.isNaN(now) ? min : now) + by));
}
