// @ts-check
import { openDB } from "../../vendor/idb/idb.js";

/** @typedef {import("./lib/ticket_list.js").Known} Known */
/** @typedef {import("./lib/ticket_list.js").ListStore} ListStore */
/** @typedef {import("./lib/logbook.js").LogStore} LogStore */
/** @typedef {import("./lib/judge.js").Row} Row */

/**
 * What the phone keeps through a reload and a restart, in IndexedDB:
 *
 *   facts   event/name → a value: who this device is, the head of the list, the clock's offset
 *   pages   [event, generation, n] → rows of the list
 *   lines   [event, line] → the log, own and others'; `arrived` keeps their order
 */
const NAME = "tixapp-door";

export class Store {
  /** @param {any} db @param {string} event */
  constructor(db, event) {
    this.db = db;
    this.event = event;
  }

  /** @param {string} event */
  static async open(event) {
    const db = await openDB(NAME, 1, {
      upgrade(fresh) {
        fresh.createObjectStore("facts");
        fresh.createObjectStore("pages");
        fresh.createObjectStore("lines");
      },
      blocking: (_from, _to, happening) => /** @type {any} */ (happening.target).close(), // a newer page wants in
    });
    return new Store(db, event);
  }

  /** @param {string} name @returns {Promise<any>} */
  recall(name) {
    return this.db.get("facts", `${this.event}/${name}`);
  }

  /** @param {string} name @param {unknown} value */
  remember(name, value) {
    return this.db.put("facts", value, `${this.event}/${name}`);
  }

  /** @param {string} name */
  forget(name) {
    return this.db.delete("facts", `${this.event}/${name}`);
  }

  /** @returns {ListStore} */
  get list() {
    return {
      known: async () => (await this.recall("list")) ?? null,
      pages: (generation) => this.db.getAll("pages", this.#pagesOf(generation)),
      keep: (known, pages, whole) => this.#keepList(known, pages, whole),
    };
  }

  /** @returns {LogStore} */
  get log() {
    return {
      lines: async () => {
        const all = await this.db.getAll("lines", IDBKeyRange.bound([this.event], [this.event, []]));
        return all.sort((/** @type {any} */ one, /** @type {any} */ other) => one.arrived - other.arrived);
      },
      keep: (kept) => this.#keepLine(kept),
      nextNumber: (atLeast) => this.#nextNumber(atLeast),
    };
  }

  /** The phone is no device any more: only what was not sent stays. */
  async clear() {
    const deal = this.db.transaction(["facts", "pages", "lines"], "readwrite");
    await deal.objectStore("facts").delete(IDBKeyRange.bound(`${this.event}/`, `${this.event}/\uffff`));
    await deal.objectStore("pages").delete(IDBKeyRange.bound([this.event], [this.event, []]));
    for (let at = await deal.objectStore("lines").openCursor(); at; at = await at.continue()) {
      if (at.key[0] === this.event && at.value.settledAt !== null) await at.delete();
    }
    await deal.done;
  }

  /** @param {string} generation */
  #pagesOf(generation) {
    return IDBKeyRange.bound([this.event, generation], [this.event, generation, []]);
  }

  /** @param {Known} known @param {Row[][]} pages @param {boolean} whole */
  async #keepList(known, pages, whole) {
    const deal = this.db.transaction(["facts", "pages"], "readwrite");
    const there = deal.objectStore("pages");
    if (whole) await there.delete(IDBKeyRange.bound([this.event], [this.event, []]));
    const before = await there.count(this.#pagesOf(known.generation));
    for (const [at, rows] of pages.entries()) there.put(rows, [this.event, known.generation, before + at]);
    deal.objectStore("facts").put(known, `${this.event}/list`);
    await deal.done;
  }

  /** @param {import("./lib/logbook.js").Kept} kept */
  async #keepLine(kept) {
    const deal = this.db.transaction("lines", "readwrite", { durability: "strict" });
    const key = [this.event, kept.line];
    const earlier = await deal.store.get(key);
    deal.store.put({ arrived: earlier?.arrived ?? Date.now(), ...kept }, key);
    await deal.done;
  }

  /** @param {number} atLeast */
  async #nextNumber(atLeast) {
    const deal = this.db.transaction("facts", "readwrite");
    const key = `${this.event}/number`;
    const number = Math.max((await deal.store.get(key)) ?? 0, atLeast);
    deal.store.put(number + 1, key);
    await deal.done;
    return number;
  }
}
