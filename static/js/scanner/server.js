// @ts-check
import { answerFrom, unchecked } from "./lib/answers.js";

/** @typedef {import("./lib/answers.js").Answer} Answer */
/** @typedef {{code: string, typed: boolean, direction: "in" | "out"}} Scan  typed: by a person, perhaps only the ticket's number */

/** Longer than this and nobody at a door believes in an answer any more. Milliseconds. */
const PATIENCE = 6000;
const TRY_AGAIN_AFTER = 300;

/** What the page asks of the server. */
export class Server {
  /** @param {{checkInsUrl: string, countsUrl: string, csrfToken: string, gate: string}} page */
  constructor({ checkInsUrl, countsUrl, csrfToken, gate }) {
    this.checkInsUrl = checkInsUrl;
    this.countsUrl = countsUrl;
    this.csrfToken = csrfToken;
    this.gate = gate;
  }

  /**
   * Asks about one code. A broken connection is tried once more under the same scan id, so the
   * server counts one scan. Never rejects.
   *
   * @param {Scan} scan
   * @param {string} scanId
   * @param {number} [patience]  milliseconds
   * @returns {Promise<Answer>}
   */
  async checkIn(scan, scanId, patience = PATIENCE) {
    const until = deadline(patience);
    try {
      return await this.#post(scan, scanId, until);
    } catch {
      if (until.aborted) return unchecked("offline");
    }
    await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_AFTER));
    return this.#post(scan, scanId, until).catch(() => unchecked("offline"));
  }

  /**
   * @returns {Promise<{admitted: number, expected: number} | null>} null: no usable answer
   * @throws when there is no connection
   */
  async counts() {
    const response = await fetch(this.countsUrl, {
      headers: { Accept: "application/json" },
      redirect: "manual",
      cache: "no-cache",
      signal: deadline(PATIENCE),
    });
    return response.ok ? response.json() : null;
  }

  /** @param {Scan} scan @param {string} scanId @param {AbortSignal} signal */
  async #post(scan, scanId, signal) {
    const response = await fetch(this.checkInsUrl, {
      method: "POST",
      headers: {
        Accept: "application/json",
        "Content-Type": "application/json",
        "X-CSRFToken": this.csrfToken,
      },
      body: JSON.stringify({ code: scan.code, typed: scan.typed, direction: scan.direction, scan_id: scanId, gate: this.gate }),
      redirect: "manual", // the way to the sign-in page is not an answer
      signal,
    });
    return answerFrom(response.status, parsed(await response.text()));
  }
}

/** AbortSignal.timeout() for phones that do not have it yet. @param {number} patience @returns {AbortSignal} */
function deadline(patience) {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), patience);
  return controller.signal;
}

/** @param {string} text @returns {unknown} */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
