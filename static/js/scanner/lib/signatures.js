// @ts-check
import { fromBase64Url, utf8 } from "./bytes.js";

/** @typedef {(key: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer>, message: Uint8Array<ArrayBuffer>) => Promise<boolean>} Verify */

/** @type {Promise<Verify> | null} */
let chosen = null;

/**
 * Whether `signature` over `text` was made with one of these keys, and with which.
 *
 * @param {string[]} keys  base64url, 32 bytes each
 * @param {Uint8Array<ArrayBuffer>} signature  64 bytes
 * @param {string} text
 * @returns {Promise<number>} the key's position, or -1
 */
export async function signedBy(keys, signature, text) {
  chosen ??= choose();
  const verify = await chosen;
  const message = utf8(text);
  for (const [at, key] of keys.entries()) {
    if (await verify(fromBase64Url(key), signature, message).catch(() => false)) return at;
  }
  return -1;
}

/** The browser's own Ed25519, or ours where it has none. @returns {Promise<Verify>} */
async function choose() {
  if (await knowsEd25519()) return withWebCrypto;
  const { verifyAsync } = await import("../../../vendor/noble-ed25519/ed25519.js");
  // Strict, as the server and the browsers are: no second spelling of a signature is good.
  return (key, signature, message) => verifyAsync(signature, message, key, { zip215: false });
}

async function knowsEd25519() {
  try {
    await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
    return true;
  } catch {
    return false;
  }
}

/** @type {Verify} */
async function withWebCrypto(key, signature, message) {
  const known = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", known, signature, message);
}
