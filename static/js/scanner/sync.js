// @ts-check
import { DoorAnswer, fetchList, NotTheList } from "./list_client.js";

/** @typedef {import("./calls.js").Calls} Calls */

/** The server takes no more at once. */
const MOST_LINES = 500;
const HEARTBEAT = 30_000;
const AFTER_A_FAULT = 5_000;

/**
 * Brings the log to the server and the list to the phone, whenever there is a line: after each
 * scan, on the hour of the heartbeat, when the network comes back, when the page is looked at again.
 */
export class Sync {
  /**
   * @param {Calls} calls
   * @param {import("./lib/ticket_list.js").TicketList} list
   * @param {import("./lib/logbook.js").Logbook} logbook
   * @param {{listUrl: string, event: string, keys: () => string[], told: (news: News) => void}} options
   *
   * @typedef {{counts?: any, offset?: number, online?: boolean, ended?: boolean, changed?: boolean}} News
   */
  constructor(calls, list, logbook, options) {
    this.calls = calls;
    this.list = list;
    this.logbook = logbook;
    this.options = options;
    this.running = false;
    this.again = false;
    this.timer = 0;
  }

  begin() {
    window.addEventListener("online", () => this.run());
    document.addEventListener("visibilitychange", () => document.hidden || this.run());
    return this.run();
  }

  /** Now, or once more after the one that runs. */
  async run() {
    this.again = this.running;
    if (this.running) return;
    this.running = true;
    clearTimeout(this.timer);
    const wait = await this.#round().then(() => HEARTBEAT, (fault) => this.#failed(fault));
    this.running = false;
    if (this.again) return this.run();
    this.timer = window.setTimeout(() => this.run(), wait * (0.85 + 0.3 * Math.random()));
  }

  async #round() {
    do await this.#send();
    while (this.logbook.waiting > 0);
    await this.#fetch();
    this.options.told({ online: true, changed: true });
  }

  async #send() {
    const lines = this.logbook.unsent(MOST_LINES);
    const sent = Date.now();
    const answer = await this.calls.log({ sent_ms: sent, lines, seq: this.list.known?.seq, unsent: this.logbook.waiting, ...(await power()) });
    const heard = Date.now();
    await this.logbook.settle(lines, answer.entries, heard);
    if (lines.length > 0 && this.logbook.unsent(1)[0] === lines[0]) throw new Error("the server answered for other lines");
    this.options.told({ counts: answer.counts, offset: answer.server_ms - (sent + heard) / 2 });
  }

  async #fetch() {
    const askedAt = Date.now();
    const pages = await this.#pages().catch(async (fault) => {
      if (!(fault instanceof NotTheList)) throw fault;
      await this.calls.me(); // the server may have new keys since
      return this.#pages();
    });
    await this.list.take(pages, askedAt);
  }

  #pages() {
    const { listUrl, event, keys } = this.options;
    return fetchList(listUrl, { event, since: this.list.known?.seq ?? null, keys: keys() });
  }

  /** @param {unknown} fault @returns {number} milliseconds until the next try */
  #failed(fault) {
    if (fault instanceof DoorAnswer) this.options.told({ online: true, ended: fault.code === "device_ended" });
    else if (fault instanceof TypeError || fault instanceof DOMException) this.options.told({ online: false });
    else console.error(fault);
    return AFTER_A_FAULT;
  }
}

/** The battery, where the browser tells. */
async function power() {
  const battery = await /** @type {any} */ (navigator).getBattery?.().catch(() => null);
  return battery ? { battery: battery.level, charging: battery.charging } : {};
}
