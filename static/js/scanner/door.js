// @ts-check
import { Alone } from "./alone.js";
import { Calls } from "./calls.js";
import { fromBase64Url } from "./lib/bytes.js";
import { unchecked } from "./lib/answers.js";
import { Logbook } from "./lib/logbook.js";
import { TicketList } from "./lib/ticket_list.js";
import { DoorAnswer } from "./list_client.js";
import { Store } from "./store.js";
import { Sync } from "./sync.js";

/** @typedef {import("./lib/answers.js").Answer} Answer */
/** @typedef {import("./alone.js").Scan} Scan */
/** @typedef {import("./alone.js").Device} Device */
/** @typedef {import("./sync.js").News} News */
/** @typedef {{event: string, base: string, checkInsUrl: string, countsUrl: string, csrfToken: string, gate: string}} Page */

/** With a list at hand nobody waits longer for the server. Milliseconds. */
const PATIENCE = 1500;

/** What the server did not answer because of itself or the line; the ticket has nothing to do with it. */
const NO_ANSWER = new Set(["offline", "server", "slow", "stale", "signed_out"]);

/** This phone at this door: asks the server while it answers, and decides alone when it does not. */
export class Door {
  /**
   * @param {Page} page
   * @param {import("./server.js").Server} server
   * @param {(news: News) => void} told
   */
  constructor(page, server, told) {
    this.page = page;
    this.server = server;
    this.told = told;
    this.calls = new Calls(page.base, (me) => this.#heard(me));
    /** @type {any} */
    this.me = null;
    /** @type {Device | null} */
    this.device = null;
    /** @type {number | null} */
    this.offset = null;
    this.ended = false;
    this.online = true;
    /** @type {Store | null} */
    this.store = null;
    /** @type {Alone | null} */
    this.alone = null;
    /** @type {Sync | null} */
    this.sync = null;
  }

  /** Brings back what was kept, then asks the server who we are. Never rejects. */
  async open() {
    try {
      await this.#remember();
    } catch (fault) {
      console.error(fault); // a browser that keeps nothing still scans while there is a line
    }
    await this.#introduce().catch((fault) => this.#refused(fault));
    if (this.device) await this.sync?.begin();
    this.told({ changed: true });
  }

  /** Whether verdicts can be given without the server. */
  get independent() {
    return Boolean(this.alone?.ready && this.device && !this.ended);
  }

  /** The gate this phone stands at, by its name on the list; null: at none in particular. */
  get gateName() {
    const gates = this.list?.known?.head?.gates ?? [];
    return gates.find((/** @type {any} */ { number }) => number === this.device?.gate)?.name ?? null;
  }

  get list() {
    return this.alone?.list ?? null;
  }

  get logbook() {
    return this.alone?.logbook ?? null;
  }

  /** @param {Scan} scan @param {string} scanId @returns {Promise<Answer>} */
  async check(scan, scanId) {
    if (this.ended) return unchecked("ended");
    if (!this.independent) return this.#asked(scan, scanId, await this.server.checkIn(scan, scanId));
    if (!this.online) return this.#decide(scan, scanId);
    const answer = await this.server.checkIn(scan, scanId, PATIENCE);
    if (answer.reason === "signed_out") await this.#introduce().catch((fault) => this.#refused(fault));
    if (this.ended) return unchecked("ended");
    if (answer.result === "unchecked" && NO_ANSWER.has(answer.reason ?? "")) return this.#decide(scan, scanId);
    return this.#asked(scan, scanId, answer);
  }

  /** Takes back what this phone admitted. @param {{scanId: string, ticket: string}} done @param {string} scanId */
  async undo({ scanId: undoes, ticket }, scanId) {
    if (!this.alone || !this.device) return;
    await this.alone.undo(undoes, ticket, scanId, this.device);
    void this.sync?.run();
  }

  /** @param {string} ticket @param {() => string} newId @returns {Promise<number>} how many came in with it */
  async admitCompany(ticket, newId) {
    if (!this.alone || !this.device) return 0;
    const count = await this.alone.admitCompany(ticket, newId, this.device);
    void this.sync?.run();
    return count;
  }

  /** Lines that another phone shows. @param {string[]} lines @returns {Promise<number>} how many were new */
  async read(lines) {
    let taken = 0;
    for (const line of lines) if (await this.logbook?.read(line)) taken += 1;
    if (taken > 0) void this.sync?.run();
    return taken;
  }

  /** @param {{gate?: number, name?: string, pin?: string}} changes */
  async change(changes) {
    await this.calls.change(changes);
    await this.calls.me();
  }

  /** This phone is no device any more. @param {{pin?: string}} proof */
  async end(proof) {
    await this.calls.end(proof);
    await this.#forget();
  }

  async #remember() {
    const store = await Store.open(this.page.event);
    const list = new TicketList(store.list);
    const logbook = new Logbook(store.log);
    await Promise.all([list.load(), logbook.load()]);
    this.store = store;
    this.alone = new Alone(list, logbook, { now: Date.now, offset: () => this.offset });
    this.sync = new Sync(this.calls, list, logbook, {
      listUrl: `${this.page.base}/list`,
      event: this.page.event,
      keys: () => this.me?.list_keys ?? [],
      told: (news) => this.#news(news),
    });
    this.offset = (await store.recall("offset")) ?? null;
    const me = await store.recall("me");
    if (me) this.#be(me);
  }

  /** A member's phone becomes a device by itself: only then can it go on without a line. */
  async #introduce() {
    const me = await this.calls.me();
    if (!me.device && me.person && this.store) await this.calls.enrol({});
  }

  /** @param {any} me */
  #heard({ csrf_token: csrfToken, offset, ...me }) {
    this.server.csrfToken = csrfToken;
    this.offset = Math.round(offset);
    this.#be(me);
    void this.store?.remember("me", me);
    void this.store?.remember("offset", this.offset);
  }

  /** @param {any} me */
  #be(me) {
    this.me = me;
    const { device } = me;
    this.device = device && { handle: device.handle, logKey: fromBase64Url(device.log_key), nextSeq: device.next_seq, gate: device.gate ?? 0 };
  }

  /** @param {Scan} scan @param {string} scanId @param {Answer} answer */
  async #asked(scan, scanId, answer) {
    if (this.alone && this.device && answer.result !== "unchecked") {
      await this.alone.noteServers(answer, scan, scanId, this.device).catch(console.error);
    }
    return answer;
  }

  /** @param {Scan} scan @param {string} scanId @returns {Promise<Answer>} */
  async #decide(scan, scanId) {
    const { alone, device } = this;
    if (!alone || !device) return unchecked("offline");
    try {
      return await alone.decide(scan, scanId, device);
    } catch (fault) {
      console.error(fault); // what cannot be written down is not decided
      return unchecked("full");
    } finally {
      void this.sync?.run();
    }
  }

  /** @param {News} news */
  #news(news) {
    if (news.offset !== undefined) this.#settleClock(news.offset);
    if (news.online !== undefined) this.online = news.online;
    if (news.ended) void this.#forget();
    this.told(news);
  }

  /** @param {number} offset */
  #settleClock(offset) {
    this.offset = Math.round(offset);
    void this.store?.remember("offset", this.offset);
  }

  /** @param {unknown} fault */
  #refused(fault) {
    if (fault instanceof DoorAnswer && fault.code === "device_ended") void this.#forget();
    else if (!(fault instanceof DoorAnswer)) this.online = false;
  }

  async #forget() {
    this.ended = true;
    this.device = null;
    await this.store?.clear().catch(console.error);
    this.told({ ended: true });
  }
}
