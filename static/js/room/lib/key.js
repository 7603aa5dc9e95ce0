// @ts-check
/* One's own place in a draw: the key of an entry, and its rank by the table of keys. */
import { sha256 } from "./sha256.js";

const KEY_BITS = 63;

/** @param {string} text  base64url without padding */
export function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
}

/** @param {string} text */
export function fromHex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/**
 * Where an entry stands in its window: 63 bits of SHA-256(salt, eid), as 16 hexadecimal digits.
 * @param {Uint8Array} salt @param {Uint8Array} eid
 */
export function keyOf(salt, eid) {
  const view = new DataView(sha256(new Uint8Array([...salt, ...eid])).buffer);
  return (view.getBigUint64(0) >> 1n).toString(16).padStart(16, "0");
}

/**
 * How many come before a key, by the table draw-….bin: null when it does not know the window.
 * @param {ArrayBuffer} table @param {number} win @param {string} key
 */
export function before(table, win, key) {
  const view = new DataView(table);
  const bits = view.getUint8(5);
  const steps = 2 ** bits;
  const at = (/** @type {number} */ i) => view.getUint32(8 + 4 * i);
  const value = BigInt(`0x${key}`);
  if (win === 0) {
    const width = BigInt(KEY_BITS - bits);
    const step = Number(value >> width);
    const start = step ? at(step - 1) : 0;
    return start + share(at(step) - start, Number(value & ((1n << width) - 1n)) / 2 ** (KEY_BITS - bits));
  }
  let start = at(steps - 1);
  for (let i = steps; i < steps + 2 * view.getUint16(6); i += 2) {
    if (at(i) === win) return start + share(at(i + 1), Number(value) / 2 ** KEY_BITS);
    start += at(i + 1);
  }
  return null;
}

/** @param {number} count @param {number} part */
const share = (count, part) => Math.floor(Math.max(0, count - 1) * part);
