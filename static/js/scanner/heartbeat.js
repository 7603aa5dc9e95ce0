// @ts-check

/** @typedef {{admitted: number, expected: number}} Counts */

const CALM = 10_000;
const ANXIOUS = 2_500;

/**
 * Asks the server from time to time how many are inside, and learns by it whether there is a
 * connection. Asks more often while there is none, and not at all while nobody looks.
 */
export class Heartbeat {
  /**
   * @param {() => Promise<Counts | null>} ask  rejects without a connection
   * @param {(counts: Counts) => void} counted
   * @param {(online: boolean) => void} changed
   */
  constructor(ask, counted, changed) {
    this.ask = ask;
    this.counted = counted;
    this.changed = changed;
    /** @type {boolean | null} */
    this.online = null;
    this.timer = 0;
    window.addEventListener("online", () => this.beat());
    window.addEventListener("offline", () => this.report(false));
    document.addEventListener("visibilitychange", () => this.beat());
  }

  async beat() {
    clearTimeout(this.timer);
    if (document.hidden) return;
    try {
      const counts = await this.ask();
      if (counts) this.counted(counts);
      this.report(true);
    } catch {
      this.report(false);
    }
    this.#schedule();
  }

  /** Also told by each scan. @param {boolean} online */
  report(online) {
    if (online === this.online) return;
    this.online = online;
    this.changed(online);
    this.#schedule();
  }

  #schedule() {
    clearTimeout(this.timer);
    const wait = this.online ? CALM : ANXIOUS;
    this.timer = window.setTimeout(() => this.beat(), wait * (0.85 + 0.3 * Math.random()));
  }
}
