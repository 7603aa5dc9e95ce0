// @ts-check
import { Countdown } from "../lib/countdown.js";
import { serverNow } from "../lib/server_clock.js";

const GRACE = 1500;

/** Shows the time left on a hold, says 5, 2 and 1 minutes aloud, and asks the server when it is over. */
export default class {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    const { starts = "", ends = "" } = element.dataset;
    this.countdown = new Countdown(Date.parse(starts), Date.parse(ends));
    this.part = (/** @type {string} */ name) => element.querySelector(`[data-countdown="${name}"]`);
  }

  start() {
    /** @type {HTMLElement} */ (this.part("bar")).hidden = false;
    this.tick();
    this.timer = setInterval(() => this.tick(), 1000);
  }

  stop() {
    clearInterval(this.timer);
  }

  tick() {
    const { over, text, share, urgency, say } = this.countdown.at(serverNow());
    const time = this.part("time");
    if (time) time.textContent = text;
    const bar = this.element.querySelector("progress");
    if (bar) bar.value = share;
    this.element.dataset.urgency = urgency;
    if (say) this.say(say);
    if (over) this.finish();
  }

  /** @param {number} minutes */
  say(minutes) {
    const { say = "{n}", sayOne = "{n}" } = this.element.dataset;
    this.speak((minutes === 1 ? sayOne : say).replace("{n}", String(minutes)));
  }

  /** @param {string} text */
  speak(text) {
    const said = this.part("said");
    if (said) said.textContent = text;
  }

  finish() {
    this.stop();
    this.speak(this.element.dataset.over ?? "");
    const time = this.part("time");
    if (time) time.textContent = this.element.dataset.over ?? "";
    const deadline = `countdown ${location.pathname} ${this.countdown.ends}`;
    if (sessionStorage.getItem(deadline)) return;
    sessionStorage.setItem(deadline, "asked");
    setTimeout(() => location.reload(), GRACE);
  }
}
