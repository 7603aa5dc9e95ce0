// @ts-check
import { showParts } from "../lib/parts.js";
import { PersonalPoller } from "../lib/poller.js";

/**
 * Keeps numbers true while the page is looked at. data-url: a small document of names and texts;
 * data-every (milliseconds). Each number: data-figure with its name. Hidden pages ask nothing.
 * Pictures stand in data-parts (where they are drawn); they are fetched when their tag `charts`
 * is another one than data-drawn.
 */
export default class extends PersonalPoller {
  /** @param {HTMLElement} element */
  constructor(element) {
    super(element, 1500);
  }

  /** @param {Response} answer */
  async heard(answer) {
    await super.heard(answer);
    const figures = await answer.json();
    this.show(figures);
    await this.draw(figures.charts);
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
