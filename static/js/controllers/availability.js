// @ts-check
import { highest, isNews, wording } from "../lib/availability.js";
import { Poller } from "../lib/poller.js";

const QUIET = 10_000;

/**
 * Keeps the numbers of an event page true. Around the tiers: data-url, data-every (milliseconds),
 * data-ok, data-low, data-gone (words with "{n}"). Each row: data-tier, data-limit; in it
 * [data-remaining] and the number field. One [role=status] with data-said hears the news.
 */
export default class extends Poller {
  /** @param {HTMLElement} element */
  constructor(element) {
    super(element, 4000);
    const { ok = "", low = "", gone = "" } = element.dataset;
    this.words = { ok, low, gone };
    /** @type {number | null} */
    this.seq = null;
    this.saidAt = 0;
  }

  /** For everybody alike: no cookie goes along. @returns {RequestInit} */
  options() {
    return { ...super.options(), credentials: "omit" };
  }

  /** @param {Response} answer */
  async heard(answer) {
    this.show(await answer.json());
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
