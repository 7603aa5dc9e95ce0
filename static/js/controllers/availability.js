// @ts-check
import { highest, isNews, wording } from "../lib/availability.js";
import { jittered, pause } from "../lib/polling.js";

const QUIET = 10_000;

/**
 * Keeps the numbers of an event page true. Around the tiers: data-url, data-every (milliseconds),
 * data-ok, data-low, data-gone (words with "{n}"). Each row: data-tier, data-limit; in it
 * [data-remaining] and the number field. One [role=status] with data-said hears the news.
 */
export default class {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    const { url = "", every = "4000", ok = "", low = "", gone = "" } = element.dataset;
    this.url = url;
    this.every = Number(every);
    this.words = { ok, low, gone };
    this.failures = 0;
    /** @type {number | null} */
    this.seq = null;
    this.saidAt = 0;
    this.onVisible = () => (document.hidden ? this.rest() : this.ask());
  }

  start() {
    document.addEventListener("visibilitychange", this.onVisible);
    this.later();
  }

  stop() {
    this.rest();
    document.removeEventListener("visibilitychange", this.onVisible);
  }

  rest() {
    clearTimeout(this.timer);
  }

  later(asked = 0) {
    this.rest();
    if (document.hidden || !this.element.isConnected) return;
    this.timer = setTimeout(() => this.ask(), jittered(pause(this.every, this.failures, asked), Math.random()));
  }

  /** The browser's own cache sends the ETag and makes a 304 look like the last answer. */
  async ask() {
    this.rest();
    const answer = await fetch(this.url, { headers: { Accept: "application/json" }, cache: "no-cache", credentials: "omit" }).catch(() => null);
    this.failures = answer?.ok ? 0 : this.failures + 1;
    if (answer?.ok) this.show(await answer.json());
    this.later(Number(answer?.headers.get("retry-after")) || 0);
  }

  /** @param {{ seq: number, tiers: import("../lib/availability.js").Tier[] }} news */
  show({ seq, tiers }) {
    if (!isNews(this.seq, seq)) return;
    this.seq = seq;
    const changed = tiers.map((tier) => this.patch(tier)).filter(Boolean);
    if (changed.length) this.say(changed.join(". "));
  }

  /**
   * @param {import("../lib/availability.js").Tier} tier
   * @returns {string}  what to say, when the state itself has changed
   */
  patch(tier) {
    const row = /** @type {HTMLElement | null} */ (this.element.querySelector(`[data-tier="${CSS.escape(tier.id)}"]`));
    if (!row) return "";
    const text = wording(tier, this.words);
    const place = row.querySelector("[data-remaining]");
    if (place && place.textContent !== text) place.textContent = text;
    this.bound(row, tier);
    const before = row.dataset.state;
    row.dataset.state = tier.state;
    return before === tier.state ? "" : `${row.dataset.name ?? ""}: ${text}`;
  }

  /** @param {HTMLElement} row @param {import("../lib/availability.js").Tier} tier */
  bound(row, tier) {
    const input = row.querySelector("input");
    if (!input) return;
    input.max = String(highest(tier, Number(row.dataset.limit ?? input.max), Number(input.value)));
  }

  /** @param {string} text */
  say(text) {
    const place = this.element.querySelector("[data-said]");
    if (!place || Date.now() - this.saidAt < QUIET) return;
    this.saidAt = Date.now();
    place.textContent = text;
  }
}
