// @ts-check
import { base32, fromBase64Url, utf8 } from "./bytes.js";

/**
 * Names and secrets of the list, which open only with their own ticket's code in hand.
 * The bytes are laid down in docs/door.md, sections 4 and 5.
 */

const MAC_KEY_BYTES = 16;
const READER = new TextDecoder();

/** How many windows a rotating code may be away from the phone's own. */
const WINDOWS_OFF = 2;

/**
 * @param {string} seals  joined by "."; one for each key of the codes
 * @param {Uint8Array<ArrayBuffer>} signature
 * @param {string} ticket
 * @param {number} key  position of the key that verified the code
 * @returns {Promise<string | null>} the holder's name
 */
export async function openName(seals, signature, ticket, key) {
  const plain = await open(seals.split(".")[key], signature, `tixapp.door.name.1:${ticket}`);
  return plain && READER.decode(plain);
}

/**
 * @param {string} seals
 * @param {string} opener  16 characters, from the code
 * @param {string} ticket
 * @returns {Promise<{macKey: Uint8Array<ArrayBuffer>, name: string} | null>}
 */
export async function openRotating(seals, opener, ticket) {
  for (const seal of seals.split(".")) {
    const plain = await open(seal, utf8(opener), `tixapp.door.rotating.1:${ticket}`);
    if (plain) return { macKey: plain.slice(0, MAC_KEY_BYTES), name: READER.decode(plain.slice(MAC_KEY_BYTES)) };
  }
  return null;
}

/**
 * Whether this is the code of now, or of a moment ago.
 * @param {{ticket: string, mac: string}} code
 * @param {Uint8Array<ArrayBuffer>} macKey
 * @param {number} seconds  since 1970, by the server's clock as far as it is known
 * @param {number} length  of a window, in seconds
 */
export async function isOfNow({ ticket, mac }, macKey, seconds, length) {
  const present = Math.floor(seconds / length);
  for (let window = present - WINDOWS_OFF; window <= present + WINDOWS_OFF; window += 1) {
    if ((await hmac(macKey, `tixapp.rotating.1:${ticket}:${window}`)) === mac) return true;
  }
  return false;
}

/**
 * The first 16 characters, in base32, of HMAC-SHA-256.
 * @param {Uint8Array<ArrayBuffer>} key @param {string} text
 */
export async function hmac(key, text) {
  const known = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return base32(new Uint8Array(await crypto.subtle.sign("HMAC", known, utf8(text)))).slice(0, 16);
}

/** @param {string | undefined} seal @param {Uint8Array<ArrayBuffer>} material @param {string} info */
async function open(seal, material, info) {
  if (!seal) return null;
  const { key, iv } = await derived(material, info);
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, fromBase64Url(seal)));
  } catch {
    return null; // of another key, or not ours
  }
}

/** 28 bytes: an AES key and its nonce. @param {Uint8Array<ArrayBuffer>} material @param {string} info */
async function derived(material, info) {
  const source = await crypto.subtle.importKey("raw", material, "HKDF", false, ["deriveBits"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf8(info) };
  const bytes = new Uint8Array(await crypto.subtle.deriveBits(how, source, 28 * 8));
  const key = await crypto.subtle.importKey("raw", bytes.slice(0, 16), "AES-GCM", false, ["decrypt"]);
  return { key, iv: bytes.slice(16) };
}
