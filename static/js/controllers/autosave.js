// @ts-check
import { showFaults } from "../lib/faults.js";
import { showNews } from "../lib/parts.js";

const PAUSE = 1200;

/**
 * Saves a draft while it is typed: one request at a time, with what the server said of the last one.
 * What cannot be kept yet stays in the form with its sentence, and the rest is saved all the same.
 * Where two people collide it stops and leaves the Save button to show both versions.
 */
export default class {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.said = /** @type {HTMLElement} */ (form.querySelector("[data-said]"));
    this.isChanged = false;
    this.isStopped = false;
    /** @type {Record<string, string[]>} */
    this.faults = {};
    this.onInput = () => this.wait();
    this.onLeave = () => setTimeout(() => showFaults(this.form, this.faults));
    this.onHide = () => document.visibilityState === "hidden" && this.save();
    this.onSubmit = () => this.end();
  }

  start() {
    this.form.addEventListener("input", this.onInput);
    this.form.addEventListener("focusout", this.onLeave);
    this.form.addEventListener("submit", this.onSubmit);
    document.addEventListener("visibilitychange", this.onHide);
    if (this.form.dataset.unsaved !== undefined) this.wait();
  }

  stop() {
    this.end();
    this.form.removeEventListener("input", this.onInput);
    this.form.removeEventListener("focusout", this.onLeave);
    this.form.removeEventListener("submit", this.onSubmit);
    document.removeEventListener("visibilitychange", this.onHide);
  }

  end() {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.request?.abort();
  }

  wait() {
    this.isChanged = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), PAUSE);
  }

  async save() {
    if (!this.isChanged || this.isStopped || this.request) return;
    this.isChanged = false;
    this.said.textContent = this.form.dataset.saving ?? "";
    this.request = new AbortController();
    try {
      this.take(await this.send(this.request.signal));
    } catch {
      this.isChanged = true;
      this.said.textContent = this.form.dataset.away ?? "";
    } finally {
      this.request = undefined;
      if (this.isChanged && !this.isStopped) this.timer = setTimeout(() => this.save(), 4 * PAUSE);
    }
  }

  /** @param {AbortSignal} signal */
  async send(signal) {
    const answer = await fetch(this.form.action, {
      method: "POST",
      body: new FormData(this.form),
      headers: { Accept: "application/json" },
      signal,
    });
    if (answer.redirected || ![200, 409, 422].includes(answer.status)) throw new Error(String(answer.status));
    this.isStopped ||= answer.status === 409;
    return answer.json();
  }

  /** @param {Record<string, string> & { faults?: Record<string, string[]> }} told */
  take(told) {
    this.said.textContent = told.said ?? "";
    this.faults = told.faults ?? {};
    showFaults(this.form, this.faults);
    showNews(told.parts ?? "");
    for (const name of ["version", "was"]) {
      const field = /** @type {HTMLInputElement | null} */ (this.form.elements.namedItem(name));
      if (field && told[name]) field.value = told[name];
    }
  }
}
