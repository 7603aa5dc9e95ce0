// @ts-check

/** People do not type this fast. Milliseconds between two keys. */
const FASTEST_HAND = 60;
const SHORTEST_CODE = 13;

/** Hand scanners are keyboards: they type the code at once and press Enter. */
export class Wedge {
  constructor() {
    this.text = "";
    this.last = 0;
  }

  /**
   * @param {string} key  as in KeyboardEvent.key
   * @param {number} now  milliseconds, any origin
   * @returns {string | null} a whole code
   */
  press(key, now) {
    if (now - this.last > FASTEST_HAND) this.text = "";
    this.last = now;
    if (key === "Enter") return this.#whole();
    if (key.length === 1) this.text += key;
    return null;
  }

  #whole() {
    const code = this.text;
    this.text = "";
    return code.length >= SHORTEST_CODE ? code : null;
  }
}
