// @ts-check
import { rhythm, wording } from "../lib/place.js";
import { jittered, pause } from "../lib/polling.js";

/**
 * Keeps a place on a waiting list true. data-url answers {mark, ahead}; while data-mark stays, only
 * the number in [data-ahead] changes; when it is another one the page is drawn anew by the server.
 * data-next, data-one, data-many ("{n}") are the words. Rests while the tab is hidden.
 */
export default class {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    const { url = "", mark = "", next = "", one = "", many = "" } = element.dataset;
    this.url = url;
    this.mark = mark;
    this.words = { next, one, many };
    this.failures = 0;
    /** @type {number | null} */
    this.ahead = null;
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
    this.timer = setTimeout(() => this.ask(), jittered(pause(rhythm(this.ahead), this.failures, asked), Math.random()));
  }

  /** The browser's own cache sends the ETag and makes a 304 look like the last answer. */
  async ask() {
    this.rest();
    const answer = await fetch(this.url, { headers: { Accept: "application/json" }, cache: "no-cache" }).catch(() => null);
    this.failures = answer?.ok ? 0 : this.failures + 1;
    if (answer?.ok && this.show(await answer.json())) return;
    this.later(Number(answer?.headers.get("retry-after")) || 0);
  }

  /**
   * @param {{ mark: string, ahead: number | null }} place
   * @returns {boolean}  whether the page is being drawn anew
   */
  show({ mark, ahead }) {
    if (mark !== this.mark) {
      location.reload();
      return true;
    }
    this.ahead = ahead;
    const line = this.element.querySelector("[data-ahead]");
    const text = ahead === null ? "" : wording(ahead, this.words);
    if (line && text && line.textContent !== text) line.textContent = text;
    return false;
  }
}
