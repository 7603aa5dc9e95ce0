// @ts-check
import { PersonalPoller } from "../lib/poller.js";

/**
 * Keeps a part of a page as the server would draw it now. data-url: that part alone; data-every
 * (milliseconds). Hidden pages ask nothing; whoever comes back is brought up to date at once.
 * Where it is made of children with data-part, each is kept for itself.
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
    const parts = this.element.querySelectorAll(":scope > [data-part]");
    if (parts.length) return this.showParts(parts, html);
    if (this.element.contains(document.activeElement)) this.tag = "";
    else this.element.innerHTML = html;
  }

  /** @param {NodeListOf<Element>} parts @param {string} html */
  showParts(parts, html) {
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    for (const part of parts) {
      const now = fresh.content.querySelector(`[data-part="${part.getAttribute("data-part")}"]`);
      if (!now || now.isEqualNode(part)) continue;
      if (part.contains(document.activeElement)) this.tag = ""; // and so it is asked for again
      else if (part.getAttribute("role") === "status") part.innerHTML = now.innerHTML;
      else part.replaceWith(now);
    }
  }
}
