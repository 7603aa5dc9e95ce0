// @ts-check
import { fromBase64Url } from "../scanner/lib/bytes.js";
import { hmac } from "../scanner/lib/seals.js";

/** Seconds for which one code is shown. docs/door.md, section 5. */
export const WINDOW = 15;

/** A ticket's code that changes: made on the buyer's own phone, with or without a network. */
export class RotatingCode {
  /** @param {{ticket: string, opener: string, macKey: string}} secret  macKey: base64url */
  constructor({ ticket, opener, macKey }) {
    this.ticket = ticket;
    this.opener = opener;
    this.macKey = fromBase64Url(macKey);
  }

  /** @param {number} now  milliseconds by the server's clock */
  async at(now) {
    const window = Math.floor(now / 1000 / WINDOW);
    const mac = await hmac(this.macKey, `tixapp.rotating.1:${this.ticket}:${window}`);
    return `R${this.ticket}.${this.opener}${mac}`;
  }
}

/** @param {number} now  milliseconds @returns {number} milliseconds until the next code */
export function untilNext(now) {
  const length = WINDOW * 1000;
  return length - (now % length);
}

/**
 * Dark modules as one path of an SVG.
 * @param {boolean[][]} modules
 */
export function pathOf(modules) {
  return modules.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x},${y}h1v1h-1z` : ""))).join("");
}
