// @ts-check
/* Asking a server again and again, politely: spread out, seldom after failures, never from a hidden page. */
import { jittered, pause } from "./polling.js";

/** No longer ours to see, or led elsewhere (0). */
const GONE = [0, 401, 403, 404];

/**
 * A controller that keeps an element true by asking `url`. A kind of it says how often (`every`, in
 * milliseconds), what it sends (`options`) and what it does with an answer (`heard`).
 */
export class Poller {
  /** @param {HTMLElement} element @param {number} every  unless data-every says otherwise */
  constructor(element, every) {
    this.element = element;
    this.url = element.dataset.url ?? "";
    this.every = Number(element.dataset.every ?? every);
    this.failures = 0;
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

  /** @param {number} [asked]  what the server asked for, in seconds */
  later(asked = 0) {
    this.rest();
    if (document.hidden || !this.element.isConnected) return;
    this.timer = setTimeout(() => this.ask(), jittered(pause(this.every, this.failures, asked), Math.random()));
  }

  async ask() {
    this.rest();
    const answer = await fetch(this.url, this.options()).catch(() => null);
    if (answer && GONE.includes(answer.status)) return;
    const isDone = answer ? await this.taken(answer) : this.failed();
    if (!isDone) this.later(Number(answer?.headers.get("retry-after")) || 0);
  }

  /** @param {Response} answer */
  async taken(answer) {
    if (!answer.ok && answer.status !== 304) return this.failed();
    try {
      const isDone = answer.ok && (await this.heard(answer));
      this.failures = 0;
      return isDone;
    } catch {
      return this.failed();
    }
  }

  failed() {
    this.failures += 1;
    return false;
  }

  /**
   * The browser's own cache sends the ETag and makes a 304 look like the last answer. Nobody is led
   * elsewhere: whoever was signed out meanwhile would read the page that asks for a password.
   * @returns {RequestInit}
   */
  options() {
    return { headers: { Accept: "application/json" }, cache: "no-cache", redirect: "manual" };
  }

  /**
   * @param {Response} _answer
   * @returns {Promise<boolean | void>}  whether nothing is to be asked any more
   */
  async heard(_answer) {}
}

/** Of what is personal and in no cache: the tag of the last answer is kept here. */
export class PersonalPoller extends Poller {
  tag = "";

  /** @returns {RequestInit} */
  options() {
    return { headers: this.tag ? { Accept: this.accept, "If-None-Match": this.tag } : { Accept: this.accept }, cache: "no-store", redirect: "manual" };
  }

  get accept() {
    return "application/json";
  }

  /** @param {Response} answer */
  async heard(answer) {
    this.tag = answer.headers.get("etag") ?? "";
  }
}
