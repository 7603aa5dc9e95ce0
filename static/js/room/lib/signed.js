// @ts-check
/* Whether what everybody is told was said by this installation: a cache on the way may be anybody's. */
import { bytes, fromHex } from "./key.js";

const MARK = ',"sig":"';

/**
 * @param {string} text  a shared document, as it came
 * @param {string} signer  the key that it is to be signed with, in hexadecimal (Ed25519)
 * @returns {Promise<boolean | null>}  null where the browser cannot tell
 */
export async function isSigned(text, signer) {
  const at = text.lastIndexOf(MARK);
  if (at < 0) return false;
  try {
    const key = await crypto.subtle.importKey("raw", fromHex(signer), "Ed25519", false, ["verify"]);
    const signature = bytes(text.slice(at + MARK.length, -2));
    return await crypto.subtle.verify("Ed25519", key, signature, new TextEncoder().encode(text.slice(0, at)));
  } catch (fault) {
    return fault instanceof DOMException && fault.name === "InvalidCharacterError" ? false : null;
  }
}
