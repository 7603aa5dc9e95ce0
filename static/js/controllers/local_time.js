// @ts-check
import { timeHere } from "../lib/local_time.js";

/** Adds the reader's own time to a moment elsewhere: data-at, data-zone, data-words with "{time}". */
export default class {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
  }

  start() {
    const { at = "", zone = "UTC", words = "{time}" } = this.element.dataset;
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const time = timeHere(new Date(at), zone, here, document.documentElement.lang);
    this.element.textContent = words.replace("{time}", time);
    this.element.hidden = !time;
  }
}
