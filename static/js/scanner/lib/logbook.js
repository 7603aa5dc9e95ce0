// @ts-check
import { parsed, written } from "./log_lines.js";

/** @typedef {import("./log_lines.js").Entry} Entry */

/**
 * A line and what became of it. `settledAt`: milliseconds by this phone when the server had it, or had refused it.
 * @typedef {{line: string, settledAt: number | null, refused?: string}} Kept
 */

/**
 * @typedef {object} LogStore
 * @property {() => Promise<Kept[]>} lines
 * @property {(kept: Kept) => Promise<void>} keep  the same line again replaces what was kept of it
 * @property {(atLeast: number) => Promise<number>} nextNumber  one more than ever given, and never the same again
 */

/** @typedef {{handle: string, logKey: Uint8Array<ArrayBuffer>, nextSeq: number}} Device */
/** @typedef {Pick<Entry, "scanId" | "at" | "offset" | "kind" | "result" | "ticket" | "gate" | "how"> & {undoes?: string}} Deed */

/** Everything this phone has done, and what it read from others. Nothing is ever taken out of it. */
export class Logbook {
  /** @param {LogStore} store */
  constructor(store) {
    this.store = store;
    /** @type {Map<string, Kept & {entry: Entry}>} by line */
    this.kept = new Map();
    /** @type {Map<string, Set<string>>} lines of each ticket */
    this.byTicket = new Map();
  }

  async load() {
    for (const kept of await this.store.lines()) this.#learn(kept);
  }

  /**
   * Writes down what was decided; only then may it be shown.
   * @param {Deed} deed @param {Device} device
   */
  async add(deed, device) {
    const number = await this.store.nextNumber(device.nextSeq);
    const entry = { device: device.handle, number, undoes: "", ...deed };
    const kept = { line: await written(entry, device.logKey), settledAt: null };
    await this.store.keep(kept);
    this.#learn(kept);
    return entry;
  }

  /** A line another phone has shown. @param {string} line @returns {Promise<boolean>} whether it was new */
  async read(line) {
    if (this.kept.has(line) || !parsed(line)) return false;
    const kept = { line, settledAt: null };
    await this.store.keep(kept);
    this.#learn(kept);
    return true;
  }

  /**
   * What happened to a ticket that the list cannot know yet.
   * @param {string} ticket
   * @param {number} listAskedAt  milliseconds by this phone, when the list was asked for
   * @returns {Entry[]}
   */
  since(ticket, listAskedAt) {
    const lines = [...(this.byTicket.get(ticket) ?? [])].map((line) => /** @type {any} */ (this.kept.get(line)));
    return lines
      .filter(({ settledAt, refused }) => !refused && (settledAt === null || settledAt >= listAskedAt))
      .map(({ entry }) => entry);
  }

  /** The oldest lines the server has not seen. @param {number} most @returns {string[]} */
  unsent(most) {
    const lines = [];
    for (const { line, settledAt } of this.kept.values()) {
      if (settledAt === null) lines.push(line);
      if (lines.length === most) break;
    }
    return lines;
  }

  get waiting() {
    let count = 0;
    for (const { settledAt } of this.kept.values()) if (settledAt === null) count += 1;
    return count;
  }

  /**
   * The server's word on the lines it was sent, in their order.
   * @param {string[]} lines
   * @param {[string, string, string?][]} answers
   * @param {number} now  milliseconds by this phone
   */
  async settle(lines, answers, now) {
    for (const [at, line] of lines.entries()) {
      const [, word, why] = answers[at] ?? [];
      const kept = this.kept.get(line);
      if (!kept || !["new", "known", "refused"].includes(word ?? "")) continue;
      kept.settledAt = now;
      if (word === "refused") kept.refused = why ?? "refused";
      const { entry: _entry, ...bare } = kept;
      await this.store.keep(bare);
    }
  }

  /** Own lines, newest first, to show to another phone. @param {string} handle @param {number} most */
  newest(handle, most) {
    const own = [...this.kept.values()].filter(({ entry }) => entry.device === handle && entry.ticket);
    return own.sort((one, other) => other.entry.number - one.entry.number).slice(0, most).map(({ line }) => line);
  }

  /** @param {Kept} kept */
  #learn(kept) {
    const entry = parsed(kept.line);
    if (!entry) return;
    this.kept.set(kept.line, { ...kept, entry });
    const lines = this.byTicket.get(entry.ticket) ?? new Set();
    this.byTicket.set(entry.ticket, lines.add(kept.line));
  }
}
