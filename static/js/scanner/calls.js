// @ts-check
import { DoorAnswer } from "./list_client.js";

/** @typedef {{server_ms: number, entries: [string, string, string?][], counts?: any}} LogAnswer */

/** Milliseconds; nobody waits for these. */
const PATIENCE = 15_000;

/** The calls of docs/door.md besides the scan itself and the list. They throw DoorAnswer, or TypeError without a line. */
export class Calls {
  /** @param {string} base  /scan/<event> @param {(me: any) => void} heard  each new answer about ourselves */
  constructor(base, heard) {
    this.base = base;
    this.heard = heard;
    this.csrfToken = "";
  }

  async me() {
    const sent = Date.now();
    const me = await this.#ask("/me", { method: "GET" });
    this.#learn(me, sent);
    return me;
  }

  /** This phone becomes a device. @param {{name?: string, gate?: number}} wishes */
  async enrol(wishes) {
    const sent = Date.now();
    const me = await this.#send("/devices", wishes);
    this.#learn(me, sent);
    return me;
  }

  /** @param {{gate?: number, name?: string, pin?: string}} changes */
  change(changes) {
    return this.#send("/device", changes);
  }

  /** @param {{pin?: string}} proof */
  end(proof) {
    return this.#send("/device/end", proof);
  }

  /** @param {object} report @returns {Promise<LogAnswer>} */
  log(report) {
    return this.#send("/log", report);
  }

  /** @param {string} name @returns {Promise<{items: any[], more: boolean}>} */
  people(name) {
    return this.#ask(`/people?${new URLSearchParams({ q: name })}`, { method: "GET" });
  }

  /** @param {any} me @param {number} sent */
  #learn(me, sent) {
    this.csrfToken = me.csrf_token;
    this.heard({ ...me, offset: me.server_ms - (sent + Date.now()) / 2 });
  }

  /** @param {string} path @param {object} body @returns {Promise<any>} */
  async #send(path, body) {
    if (!this.csrfToken) await this.me();
    try {
      return await this.#post(path, body);
    } catch (fault) {
      if (!(fault instanceof DoorAnswer) || fault.code !== "csrf") throw fault;
    }
    await this.me(); // the browser's session has begun anew
    return this.#post(path, body);
  }

  /** @param {string} path @param {object} body */
  #post(path, body) {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": this.csrfToken };
    return this.#ask(path, { method: "POST", headers, body: JSON.stringify(body) });
  }

  /** @param {string} path @param {RequestInit} options */
  async #ask(path, options) {
    const response = await fetch(this.base + path, {
      ...options,
      headers: { Accept: "application/json", ...options.headers },
      cache: "no-store",
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (response.status === 204) return null;
    const answer = await response.json().catch(() => null);
    if (!response.ok || answer === null) throw new DoorAnswer(response.status, answer?.code);
    return answer;
  }
}
