// @ts-check

/**
 * @typedef {object} Answer
 * @property {string} result  one of RESULTS, or "unchecked"
 * @property {string} [reason]  why it is unchecked: offline, server, slow, stale, signed_out, not_yours, ended, full
 * @property {string | null} [tier]
 * @property {string | null} [holder]
 * @property {string | null} [used_at]  RFC 3339
 * @property {string | null} [gate]  where it was used
 * @property {string} [checked_at]  the server's own time of this answer
 * @property {"name" | null} [check]  the name is to be compared
 * @property {string | null} [why]  of an unknown code: forged, stale
 * @property {string | null} [go_to]  gates that take the ticket
 * @property {number} [entries]
 * @property {number} [others]  how many more of the order could come in
 * @property {{admitted: number, expected: number, inside?: number}} [counts]
 * @property {boolean} [alone]  decided by this phone
 */

/** Everything the server may say about a code. Anything else is not an answer. */
export const RESULTS = Object.freeze([
  "admitted",
  "left",
  "already_used",
  "not_inside",
  "wrong_gate",
  "refunded",
  "cancelled",
  "transferred",
  "wrong_event",
  "unlisted",
  "unknown",
]);

/** @type {Record<number, string>} */
const REASONS = { 0: "signed_out", 400: "stale", 401: "signed_out", 403: "stale", 404: "not_yours", 429: "slow" };

/**
 * What an HTTP response means at the door. Only a well-formed 200 says anything about a ticket:
 * a proxy's page, half an answer or an unknown word never admits.
 *
 * @param {number} status  0 for a redirect that was not followed: to the sign-in page
 * @param {unknown} body
 * @returns {Answer}
 */
export function answerFrom(status, body) {
  if (status === 200 && isAnswer(body)) return body;
  return unchecked(REASONS[status] ?? "server");
}

/** @param {string} reason @returns {Answer} */
export function unchecked(reason) {
  return { result: "unchecked", reason };
}

/** @param {unknown} body @returns {body is Answer} */
function isAnswer(body) {
  if (typeof body !== "object" || body === null || !("result" in body)) return false;
  return typeof body.result === "string" && RESULTS.includes(body.result);
}
