// @ts-check
import { showParts } from "../lib/parts.js";
import { jittered, pause } from "../lib/polling.js";

/**
 * Keeps numbers true while the page is looked at. data-url: a small document of names and texts;
 * data-every (milliseconds). Each number: data-figure with its name. Hidden pages ask nothing.
 * Pictures stand in data-parts (where they are drawn); they are fetched when their tag `charts`
 * is another one than data-drawn.
 */
export default class {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    this.url = element.dataset.url ?? "";
    this.every = Number(element.dataset.every ?? "1500");
    this.failures = 0;
    this.tag = "";
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

  /** The page is personal and in no cache: the tag of the last answer is kept here. */
  async ask() {
    this.rest();
    /** @type {Record<string, string>} */
    const headers = { Accept: "application/json" };
    if (this.tag) headers["If-None-Match"] = this.tag;
    const answer = await fetch(this.url, { headers, cache: "no-store" }).catch(() => null);
    const is_well = answer?.ok || answer?.status === 304;
    this.failures = is_well ? 0 : this.failures + 1;
    if (answer?.ok) {
      this.tag = answer.headers.get("etag") ?? "";
      const figures = await answer.json();
      this.show(figures);
      await this.draw(figures.charts);
    }
    if (answer && [401, 403, 404].includes(answer.status)) return; // no longer ours to see
    this.later(Number(answer?.headers.get("retry-after")) || 0);
  }

  /** @param {Record<string, string>} figures */
  show(figures) {
    for (const place of this.element.querySelectorAll("[data-figure]")) {
      const text = figures[place.getAttribute("data-figure") ?? ""];
      if (text === undefined || place.textContent === text) continue;
      place.textContent = text;
      place.classList.remove("is-news");
      requestAnimationFrame(() => place.classList.add("is-news"));
    }
  }

  /** @param {string | undefined} tag */
  async draw(tag) {
    const place = /** @type {HTMLElement | null} */ (this.element.querySelector("[data-parts]"));
    if (!place || !tag || place.dataset.drawn === tag) return;
    const answer = await fetch(place.dataset.parts ?? "", { cache: "no-store" }).catch(() => null);
    const drawn = answer?.ok && showParts(place, await answer.text());
    if (drawn) place.dataset.drawn = answer.headers.get("x-drawn") ?? "";
    else this.tag = ""; // so that the next answer says it again
  }
}
