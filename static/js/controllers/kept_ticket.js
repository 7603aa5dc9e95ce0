// @ts-check
import { momentHere } from "../lib/local_time.js";

/**
 * Has the tickets of this page kept on the phone, says so once they are, and says of a page that
 * comes from there since when it is.
 */
export default class {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    this.onMessage = (/** @type {MessageEvent} */ { data }) => this.#say(data.kept > 0 ? "ready" : "");
    this.onOnline = () => location.reload();
  }

  start() {
    const { keptAt } = document.documentElement.dataset;
    if (keptAt) return this.#fromHere(Number(keptAt));
    if ("serviceWorker" in navigator) void this.#keep();
  }

  stop() {
    removeEventListener("online", this.onOnline);
    navigator.serviceWorker?.removeEventListener("message", this.onMessage);
  }

  async #keep() {
    navigator.serviceWorker.addEventListener("message", this.onMessage);
    navigator.serviceWorker.startMessages();
    const registered = await navigator.serviceWorker.register("/tickets/worker.js").catch(() => null);
    if (!registered) return;
    const { active } = await navigator.serviceWorker.ready;
    active?.postMessage({ keep: (this.element.dataset.keep ?? "").split(" ") });
  }

  /** @param {number} at */
  #fromHere(at) {
    this.#say("kept", momentHere(at, document.documentElement.lang));
    addEventListener("online", this.onOnline);
  }

  /** @param {string} line  which of the sentences in the page @param {string} [time] */
  #say(line, time = "") {
    for (const each of /** @type {NodeListOf<HTMLElement>} */ (this.element.querySelectorAll("[data-line]"))) {
      each.hidden = each.dataset.line !== line;
      const gap = each.querySelector("time");
      if (gap) gap.textContent = time;
    }
  }
}
