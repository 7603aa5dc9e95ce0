// @ts-check

/** @typedef {import("./judge.js").Row} Row */

/**
 * One page of the list as the server sends it; docs/door.md, section 4.
 * @typedef {{v: 1, event: string, seq: string, since: string | null, more: string | null, made_ms: number, head: any, rows: Row[]}} Page
 */

/**
 * Where the list is kept. A generation is one whole list with what was added to it since.
 * @typedef {object} ListStore
 * @property {() => Promise<Known | null>} known
 * @property {(generation: string) => Promise<Row[][]>} pages  in the order in which they came
 * @property {(known: Known, pages: Row[][], whole: boolean) => Promise<void>} keep
 *   all or nothing; `whole`: as a new generation, the earlier one goes
 */

/** @typedef {{generation: string, seq: string, head: any, madeMs: number, askedAt: number}} Known */

/** Deltas are laid beside the list; after so many it is written anew in one piece. */
const MOST_PAGES = 60;
const ROWS_A_PAGE = 5000;

/** Every ticket of the event as this phone knows it: in memory for speed, in the store for the next start. */
export class TicketList {
  /** @param {ListStore} store */
  constructor(store) {
    this.store = store;
    /** @type {Known | null} */
    this.known = null;
    /** @type {Map<string, Row>} */
    this.rows = new Map();
    /** @type {Map<string, Set<string>>} tickets of one order */
    this.groups = new Map();
    this.pages = 0;
  }

  /** What an earlier run of the page has kept. */
  async load() {
    const known = await this.store.known();
    if (!known) return;
    const pages = await this.store.pages(known.generation);
    pages.forEach((rows) => this.#learn(rows));
    this.pages = pages.length;
    this.known = known;
  }

  /**
   * Takes all pages of one fetch: a whole list, or what has changed.
   * @param {Page[]} pages
   * @param {number} askedAt  milliseconds by this phone, when it was asked for
   */
  async take(pages, askedAt) {
    const last = pages[pages.length - 1];
    const whole = last.since === null;
    const fresh = pages.map((page) => page.rows).filter((rows) => rows.length > 0);
    const generation = whole || !this.known ? `${last.seq}~${askedAt}` : this.known.generation;
    const known = { generation, seq: last.seq, head: last.head, madeMs: last.made_ms, askedAt };
    await this.store.keep(known, fresh, whole);
    if (whole) this.#forget();
    fresh.forEach((rows) => this.#learn(rows));
    this.pages = (whole ? 0 : this.pages) + fresh.length;
    this.known = known;
    if (this.pages > MOST_PAGES) await this.#rewrite();
  }

  /** @param {string} ticket */
  row(ticket) {
    return this.rows.get(ticket) ?? null;
  }

  /** The other tickets of the same order. @param {Row} row @returns {Row[]} */
  company(row) {
    const group = row[6];
    if (!group) return [];
    const others = [...(this.groups.get(group) ?? [])].filter((ticket) => ticket !== row[0]);
    return others.map((ticket) => /** @type {Row} */ (this.rows.get(ticket)));
  }

  #forget() {
    this.rows.clear();
    this.groups.clear();
  }

  /** @param {Row[]} rows */
  #learn(rows) {
    for (const row of rows) {
      this.rows.set(row[0], row);
      const group = row[6];
      if (!group) continue;
      const tickets = this.groups.get(group) ?? new Set();
      this.groups.set(group, tickets.add(row[0]));
    }
  }

  async #rewrite() {
    const all = [...this.rows.values()];
    const pages = [];
    for (let at = 0; at < all.length; at += ROWS_A_PAGE) pages.push(all.slice(at, at + ROWS_A_PAGE));
    const known = /** @type {Known} */ (this.known);
    this.known = { ...known, generation: `${known.generation}+` };
    await this.store.keep(this.known, pages, true);
    this.pages = pages.length;
  }
}
