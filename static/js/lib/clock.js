// @ts-check
/* The server's clock, as far as a browser can know it. All times are milliseconds since the epoch. */

/**
 * How far the server's clock is ahead of this one, read from a Date header (whole seconds).
 * @param {string | null} date  the header
 * @param {number} sent  when the request left, by this clock
 * @param {number} received  when the answer came, by this clock
 * @returns {number | null}
 */
export function offsetFromHeader(date, sent, received) {
  const at = Date.parse(date ?? "");
  return Number.isNaN(at) ? null : at + 500 - (sent + received) / 2;
}

/**
 * The same from the time that the page was made, for the moment it arrived.
 * @param {string | null | undefined} made  ISO time in the page
 * @param {number} received
 * @returns {number}
 */
export function offsetFromPage(made, received) {
  const at = Date.parse(made ?? "");
  return Number.isNaN(at) ? 0 : at - received;
}

/**
 * "9:59", "1:00:00", never below "0:00". Rounded up, so that "0:00" means over.
 * @param {number} left
 */
export function clockText(left) {
  const seconds = Math.max(0, Math.ceil(left / 1000));
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
