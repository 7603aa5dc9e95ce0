// @ts-check
import { read, signer } from "./lib/codes.js";
import { judged } from "./lib/judge.js";
import { isOfNow, openName, openRotating } from "./lib/seals.js";

/** @typedef {import("./lib/answers.js").Answer} Answer */
/** @typedef {import("./lib/codes.js").Code} Code */
/** @typedef {import("./lib/judge.js").Row} Row */
/** @typedef {import("./lib/log_lines.js").Entry} Entry */
/** @typedef {{handle: string, logKey: Uint8Array<ArrayBuffer>, nextSeq: number, gate: number}} Device */

/**
 * One scan. `how`: C camera, K keyboard scanner, T typed, N by name.
 * @typedef {{code: string, typed: boolean, how: "C" | "K" | "T" | "N", direction: "in" | "out"}} Scan
 */

/** What the code itself proves. @typedef {{ticket: string, name: string | null, check: "name" | null} | {refused: Answer}} Proof */

/** Gives the verdict without the server, from the list and the log. Docs/door.md, section 5, "Alone". */
export class Alone {
  /**
   * @param {import("./lib/ticket_list.js").TicketList} list
   * @param {import("./lib/logbook.js").Logbook} logbook
   * @param {{now: () => number, offset: () => number | null}} clock  this phone's, and the server's less it
   */
  constructor(list, logbook, clock) {
    this.list = list;
    this.logbook = logbook;
    this.clock = clock;
  }

  /** Whether there is a list to judge by. */
  get ready() {
    return this.list.known !== null;
  }

  /**
   * Decides, writes it down, and only then answers.
   * @param {Scan} scan @param {string} scanId @param {Device} device
   * @returns {Promise<Answer>}
   */
  async decide(scan, scanId, device) {
    const proof = await this.#prove(read(scan.code, scan.typed));
    if ("refused" in proof) return this.#noted(proof.refused, "", scan, scanId, device);
    const row = this.list.row(proof.ticket);
    if (!row) return this.#noted({ result: "unlisted" }, proof.ticket, scan, scanId, device);
    const verdict = this.#judge(row, device.gate, scan.direction);
    const welcome = verdict.result === "admitted";
    const others = welcome ? this.enterable(row, device.gate).length : 0;
    const answer = { ...verdict, holder: proof.name, ...(welcome && { check: proof.check, others }) };
    return this.#noted(answer, proof.ticket, scan, scanId, device);
  }

  /**
   * Writes down what the server said, so that it is known here when the line breaks.
   * @param {Answer} answer @param {Scan} scan @param {string} scanId @param {Device} device
   */
  async noteServers(answer, scan, scanId, device) {
    const code = read(scan.code, scan.typed);
    const ticket = "ticket" in code ? code.ticket : "";
    await this.#write(answer, ticket, `${scan.how}O`, scan.direction, scanId, device);
  }

  /**
   * The others of the same order come in with it.
   * @param {string} ticket @param {() => string} newId @param {Device} device
   * @returns {Promise<number>} how many
   */
  async admitCompany(ticket, newId, device) {
    const row = this.list.row(ticket);
    const others = row ? this.enterable(row, device.gate) : [];
    for (const other of others) await this.#write({ result: "admitted" }, other[0], "WL", "in", newId(), device);
    return others.length;
  }

  /** Takes an admission back. @param {string} undoes  its scan id @param {string} ticket @param {string} scanId @param {Device} device */
  async undo(undoes, ticket, scanId, device) {
    const { now, offset } = this.clock;
    const deed = { scanId, at: now(), offset: offset(), kind: /** @type {const} */ ("UNDO"), result: "undone", ticket, gate: device.gate };
    return this.logbook.add({ ...deed, how: "TL", undoes }, device);
  }

  /** Which others of its order could come in here now. @param {Row} row @param {number} gate */
  enterable(row, gate) {
    return this.list.company(row).filter((other) => this.#judge(other, gate, "in").result === "admitted");
  }

  /** @param {Row} row @param {number} gate @param {"in" | "out"} direction */
  #judge(row, gate, direction) {
    const { head, askedAt } = /** @type {import("./lib/ticket_list.js").Known} */ (this.list.known);
    const since = this.logbook.since(row[0], askedAt);
    return judged({ row, since, rules: head, gate, direction, offset: this.clock.offset() ?? 0 });
  }

  /** @param {Code} code @returns {Promise<Proof>} */
  async #prove(code) {
    const head = this.list.known?.head;
    if (code.kind === "foreign") return { refused: unknown(code.forged ? "forged" : null) };
    const row = this.list.row(code.ticket);
    if (code.kind === "number") return row ? proven(code.ticket, null, asks(head)) : { refused: unknown(null) };
    if (code.kind === "rotating") return this.#proveRotating(code, row);
    const key = await signer(code, head.keys);
    if (key < 0) return { refused: unknown("forged") };
    const name = row?.[7] ? await openName(row[7], code.signature, code.ticket, key) : null;
    return proven(code.ticket, name, asks(head));
  }

  /** @param {Extract<Code, {kind: "rotating"}>} code @param {Row | null} row @returns {Promise<Proof>} */
  async #proveRotating(code, row) {
    if (!row) return { refused: { result: "unlisted" } };
    const opened = row[8] ? await openRotating(row[8], code.opener, code.ticket) : null;
    if (!opened) return { refused: unknown("forged") };
    const seconds = (this.clock.now() + (this.clock.offset() ?? 0)) / 1000;
    const fresh = await isOfNow(code, opened.macKey, seconds, this.list.known?.head.window_s);
    return fresh ? proven(code.ticket, opened.name, null) : { refused: unknown("stale") };
  }

  /** @param {Answer} answer @param {string} ticket @param {Scan} scan @param {string} scanId @param {Device} device */
  async #noted(answer, ticket, scan, scanId, device) {
    await this.#write(answer, ticket, `${scan.how}L`, scan.direction, scanId, device);
    const server = new Date(this.clock.now() + (this.clock.offset() ?? 0));
    return { ...answer, checked_at: server.toISOString(), alone: true };
  }

  /** @param {Answer} answer @param {string} ticket @param {string} how @param {"in" | "out"} direction @param {string} scanId @param {Device} device */
  async #write(answer, ticket, how, direction, scanId, device) {
    const { now, offset } = this.clock;
    const kind = direction === "out" ? "OUT" : "IN";
    const deed = { scanId, at: now(), offset: offset(), kind, result: answer.result, ticket, gate: device.gate, how };
    await this.logbook.add(/** @type {any} */ (deed), device);
  }
}

/** Where codes turn, a printed one may be a copy. @param {any} head @returns {"name" | null} */
function asks(head) {
  return head?.codes === "rotating" ? "name" : null;
}

/** @param {string} ticket @param {string | null} name @param {"name" | null} check @returns {Proof} */
function proven(ticket, name, check) {
  return { ticket, name, check };
}

/** @param {string | null} why @returns {Answer} */
function unknown(why) {
  return { result: "unknown", why };
}
