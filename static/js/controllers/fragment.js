// @ts-check
import { jittered, pause } from "../lib/polling.js";

/**
 * Keeps a part of a page as the server would draw it now. data-url: that part alone; data-every
 * (milliseconds). Hidden pages ask nothing; whoever comes back is brought up to date at once.
 */
export default class {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    this.url = element.dataset.url ?? "";
    this.every = Number(element.dataset.every ?? "2000");
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

  async ask() {
    this.rest();
    /** @type {Record<string, string>} */
    const headers = { Accept: "text/html" };
    if (this.tag) headers["If-None-Match"] = this.tag;
    const answer = await fetch(this.url, { headers, cache: "no-store", redirect: "manual" }).catch(() => null);
    this.failures = answer?.ok || answer?.status === 304 ? 0 : this.failures + 1;
    this.element.dataset.stale = String(this.failures > 2);
    if (answer?.ok) {
      this.tag = answer.headers.get("etag") ?? "";
      this.show(await answer.text());
    }
    if (answer && [0, 401, 403, 404].includes(answer.status)) return; // no longer ours to see
    this.later(Number(answer?.headers.get("retry-after")) || 0);
  }

  /** Not while somebody is at one of its buttons. @param {string} html */
  show(html) {
    if (this.element.contains(document.activeElement)) return;
    this.element.innerHTML = html;
  }
}
