// @ts-check

/**
 * The scans that wait for the server: asked one after the other, in the order they were read.
 * @template S, A
 */
export class ScanQueue {
  /**
   * @param {(scan: S) => Promise<A>} check
   * @param {(answer: A, scan: S) => void} answered
   * @param {{limit?: number, report?: (fault: unknown) => void}} [options]
   */
  constructor(check, answered, { limit = 8, report = console.error } = {}) {
    this.check = check;
    this.answered = answered;
    this.limit = limit;
    this.report = report;
    /** @type {S[]} */
    this.waiting = [];
    this.busy = false;
  }

  /**
   * @param {S} scan
   * @returns {boolean} false if too many wait already; the scan was not taken
   */
  add(scan) {
    if (this.waiting.length >= this.limit) return false;
    this.waiting.push(scan);
    if (!this.busy) void this.#work();
    return true;
  }

  async #work() {
    this.busy = true;
    for (let scan = this.waiting.shift(); scan !== undefined; scan = this.waiting.shift()) {
      try {
        this.answered(await this.check(scan), scan);
      } catch (fault) {
        this.report(fault); // one scan that goes wrong does not stop the next
      }
    }
    this.busy = false;
  }
}
