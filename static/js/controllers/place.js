// @ts-check
import { rhythm, wording } from "../lib/place.js";
import { Poller } from "../lib/poller.js";

/**
 * Keeps a place on a waiting list true. data-url answers {mark, ahead}; while data-mark stays, only
 * the number in [data-ahead] changes; when it is another one the page is drawn anew by the server.
 * data-next, data-one, data-many ("{n}") are the words. Rests while the tab is hidden.
 */
export default class extends Poller {
  /** @param {HTMLElement} element */
  constructor(element) {
    super(element, rhythm(null));
    const { mark = "", next = "", one = "", many = "" } = element.dataset;
    this.mark = mark;
    this.words = { next, one, many };
  }

  /** @param {Response} answer */
  async heard(answer) {
    return this.show(await answer.json());
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
    this.every = rhythm(ahead);
    const line = this.element.querySelector("[data-ahead]");
    const text = ahead === null ? "" : wording(ahead, this.words);
    if (line && text && line.textContent !== text) line.textContent = text;
    return false;
  }
}
