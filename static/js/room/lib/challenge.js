// @ts-check
/* Work at the door of a sale: a second for one person, a bill for a thousand machines. */
import { sha256 } from "./sha256.js";

/**
 * Tries numbers until SHA-256("challenge.number") begins with enough zero bits.
 * @param {string} challenge @param {number} bits @param {number} from @param {number} tries
 * @returns {number | null}
 */
export function solve(challenge, bits, from, tries) {
  const encoder = new TextEncoder();
  for (let nonce = from; nonce < from + tries; nonce++) {
    const head = new DataView(sha256(encoder.encode(`${challenge}.${nonce}`)).buffer).getUint32(0);
    if (head >>> (32 - bits) === 0) return nonce;
  }
  return null;
}
