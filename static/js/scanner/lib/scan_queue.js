// @ts-check

/**
 * The scans that wait for the server: asked one after the other, in the order they were read.
 * @template A
 */
export class ScanQueue {
  /**
   * @param {(code: string) => Promise<A>} check  never rejects
   * @param {(answer: A, code: string) => void} answered
   * @param {{limit?: number, report?: (fault: unknown) => void}} [options]
   */
  constructor(check, answered, { limit = 8, report = console.error } = {}) {
    this.check = check;
    this.answered = answered;
    this.limit = limit;
    this.report = report;
    /** @type {string[]} */
    this.waiting = [];
    this.busy = false;
  }

  /**
   * @param {string} code
   * @returns {boolean} false if too many wait already; the code was not taken
   */
  add(code) {
    if (this.waiting.length >= this.limit) return false;
    this.waiting.push(code);
    if (!this.busy) void this.#work();
    return true;
  }

  async #work() {
    this.busy = true;
    for (let code = this.waiting.shift(); code !== undefined; code = this.waiting.shift()) {
      try {
        this.answered(await this.check(code), code);
      } catch (fault) {
        this.report(fault); // one scan that goes wrong does not stop the next
      }
    }
    this.busy = false;
  }
}
