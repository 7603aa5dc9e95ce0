// @ts-check
import { PersonalPoller } from "../lib/poller.js";

/**
 * Keeps a part of a page as the server would draw it now. data-url: that part alone; data-every
 * (milliseconds). Hidden pages ask nothing; whoever comes back is brought up to date at once.
 */
export default class extends PersonalPoller {
  /** @param {HTMLElement} element */
  constructor(element) {
    super(element, 2000);
  }

  get accept() {
    return "text/html";
  }

  async ask() {
    await super.ask();
    this.element.dataset.stale = String(this.failures > 2);
  }

  /** @param {Response} answer */
  async heard(answer) {
    await super.heard(answer);
    this.show(await answer.text());
  }

  /** Not while somebody is at one of its buttons. @param {string} html */
  show(html) {
    if (this.element.contains(document.activeElement)) return;
    this.element.innerHTML = html;
  }
}
