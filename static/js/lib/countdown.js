// @ts-check
import { clockText } from "./clock.js";

const MINUTE = 60_000;
const SAID_AT = [5, 2, 1];

/** The time left until a deadline. The server decides when it is over; this only shows it. */
export class Countdown {
  /** @param {number} starts @param {number} ends  milliseconds, by the server's clock */
  constructor(starts, ends) {
    this.starts = starts;
    this.ends = ends;
    /** @type {number | null} */
    this.last = null;
  }

  /**
   * What to show at a moment; `say` is a number of minutes once, when it is passed.
   * @param {number} now  by the server's clock
   */
  at(now) {
    const left = Math.max(0, this.ends - now);
    const say = this.last === null ? null : this.#passed(this.last, left);
    this.last = left;
    return {
      over: left === 0,
      text: clockText(left),
      share: Math.min(1, left / Math.max(1, this.ends - this.starts)),
      urgency: left <= MINUTE ? "now" : left <= 3 * MINUTE ? "soon" : "",
      say,
    };
  }

  /** @param {number} before @param {number} left */
  #passed(before, left) {
    return SAID_AT.findLast((m) => before > m * MINUTE && left <= m * MINUTE && left > 0) ?? null;
  }
}
