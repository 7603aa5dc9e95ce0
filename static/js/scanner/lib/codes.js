// @ts-check
import { fromBase32 } from "./bytes.js";
import { signedBy } from "./signatures.js";

/**
 * What stands in front of the camera or was typed.
 *
 * @typedef {{kind: "static", ticket: string, signature: Uint8Array<ArrayBuffer>}
 *   | {kind: "rotating", ticket: string, opener: string, mac: string}
 *   | {kind: "number", ticket: string}
 *   | {kind: "foreign", forged: boolean}} Code
 */

const STATIC = /^T([A-Z2-7]{13})\.([A-Z2-7]{103})$/;
const ROTATING = /^R([A-Z2-7]{13})\.([A-Z2-7]{16})([A-Z2-7]{16})$/;
const OURS = /^[TR][A-Z2-7]{13}\./;
const NUMBER = /^[A-Z2-7]{13}$/;

/**
 * @param {string} text
 * @param {boolean} typed  by a person: only then may the number stand for the code
 * @returns {Code}
 */
export function read(text, typed) {
  const code = typed ? withoutGaps(text) : text;
  const fixed = STATIC.exec(code);
  if (fixed && fromBase32(fixed[1])) {
    const signature = fromBase32(fixed[2]);
    if (signature) return { kind: "static", ticket: fixed[1], signature };
  }
  const turning = ROTATING.exec(code);
  if (turning && fromBase32(turning[1])) {
    return { kind: "rotating", ticket: turning[1], opener: turning[2], mac: turning[3] };
  }
  if (typed && NUMBER.test(code) && fromBase32(code)) return { kind: "number", ticket: code };
  return { kind: "foreign", forged: OURS.test(code) };
}

/**
 * @param {{ticket: string, signature: Uint8Array<ArrayBuffer>}} code
 * @param {string[]} keys
 * @returns {Promise<number>} the position of the key that signed it, or -1
 */
export function signer({ ticket, signature }, keys) {
  return signedBy(keys, signature, `tixapp.ticket.1:T${ticket}`);
}

/** People write numbers in groups and small letters. @param {string} text */
function withoutGaps(text) {
  return text.replace(/[\s-]+/g, "").toUpperCase();
}
