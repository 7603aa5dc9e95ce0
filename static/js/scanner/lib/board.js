// @ts-check

/** A verdict stays at least this long, even with the next one waiting. Milliseconds. */
const AT_LEAST = 1000;

/**
 * Decides which verdict is on the screen. Nobody needs to tap: it makes room for the next one
 * after a second, and leaves by itself after its own time.
 *
 * @template {{hold: number}} V
 */
export class Board {
  constructor() {
    /** @type {V | null} */
    this.shown = null;
    this.since = 0;
    /** @type {V[]} */
    this.next = [];
  }

  /** @param {V} verdict @param {number} now */
  add(verdict, now) {
    this.next.push(verdict);
    this.tick(now);
  }

  /**
   * @param {number} now
   * @returns {V | null} what is to be seen
   */
  tick(now) {
    if (this.shown && now - this.since >= (this.next.length > 0 ? AT_LEAST : this.shown.hold)) this.shown = null;
    if (!this.shown) this.#take(now);
    return this.shown;
  }

  /** Somebody tapped it away. @param {number} now @returns {V | null} */
  dismiss(now) {
    this.shown = null;
    return this.tick(now);
  }

  /** @param {number} now @returns {number | null} milliseconds until the picture changes by itself */
  wait(now) {
    if (!this.shown) return null;
    return Math.max(0, this.since + (this.next.length > 0 ? AT_LEAST : this.shown.hold) - now);
  }

  /** @param {number} now */
  #take(now) {
    this.shown = this.next.shift() ?? null;
    this.since = now;
  }
}
