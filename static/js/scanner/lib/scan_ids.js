// @ts-check

/** How long a scan without an answer may be asked about again under its own name. */
const OPEN_FOR = 120_000;

/**
 * Names each scan, so that the server can tell a repeated question from a second scan.
 *
 * When no answer came back, the ticket may have been admitted all the same. The next try then
 * carries the same name and gets the same answer, instead of "already used".
 */
export class ScanIds {
  /** @param {() => string} make  gives a new random name */
  constructor(make) {
    this.make = make;
    /** @type {Map<string, {id: string, since: number}>} */
    this.open = new Map();
  }

  /**
   * @param {string} code
   * @param {number} now
   * @returns {string} the name under which to ask about this code
   */
  nameFor(code, now) {
    const known = this.open.get(code);
    if (known && now - known.since < OPEN_FOR) return known.id;
    const id = this.make();
    this.open.set(code, { id, since: now });
    this.#dropOld(now);
    return id;
  }

  /** The server has answered: the next scan of this code is a new one. @param {string} code */
  settle(code) {
    this.open.delete(code);
  }

  /** @param {number} now */
  #dropOld(now) {
    for (const [code, { since }] of this.open) {
      if (now - since >= OPEN_FOR) this.open.delete(code);
    }
  }
}

/** @returns {string} 128 random bits as upper-case hex, which a QR code packs tightly; works on plain http too, unlike crypto.randomUUID */
export function randomScanId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("").toUpperCase();
}
