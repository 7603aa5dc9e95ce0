// @ts-check
import { toPutBack, unsaved } from "../lib/unsaved.js";

/**
 * Keeps what is typed and not saved yet, in this tab, over a reload and a way back. The form says
 * what is saved (its fields `was` and `version`).
 */
export default class {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.key = `unsaved:${form.getAttribute("action")}`;
    this.isSent = false;
    this.onHide = () => this.keep();
    this.onSubmit = () => (this.isSent = true);
    this.onShow = () => (this.isSent = false);
  }

  start() {
    this.putBack();
    addEventListener("pagehide", this.onHide);
    addEventListener("pageshow", this.onShow);
    this.form.addEventListener("submit", this.onSubmit);
  }

  stop() {
    removeEventListener("pagehide", this.onHide);
    removeEventListener("pageshow", this.onShow);
    this.form.removeEventListener("submit", this.onSubmit);
  }

  keep() {
    const values = unsaved(this.typed(), this.saved());
    if (Object.keys(values).length === 0) sessionStorage.removeItem(this.key);
    else sessionStorage.setItem(this.key, JSON.stringify({ version: this.version(), sent: this.isSent, values }));
  }

  putBack() {
    const kept = sessionStorage.getItem(this.key);
    sessionStorage.removeItem(this.key);
    if (!kept) return;
    const values = toPutBack(JSON.parse(kept), this.version(), this.typed(), this.saved());
    for (const [name, value] of Object.entries(values)) this.fill(name, value);
    // For whoever starts after this, and has not heard that something is typed.
    if (Object.keys(values).length > 0) this.form.dataset.unsaved = "";
  }

  /** @param {string} name @param {string} value */
  fill(name, value) {
    const field = /** @type {any} */ (this.form.elements.namedItem(name));
    if (!field) return;
    field.value = value;
    const one = field instanceof RadioNodeList ? field[0] : field;
    one.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** @returns {Record<string, string>} */
  typed() {
    const pairs = [...new FormData(this.form)].map(([name, value]) => [name, String(value)]);
    return Object.fromEntries(pairs);
  }

  /** @returns {Record<string, string>} */
  saved() {
    return JSON.parse(this.text("was") || "{}");
  }

  version() {
    return this.text("version");
  }

  /** @param {string} name */
  text(name) {
    return /** @type {HTMLInputElement | null} */ (this.form.elements.namedItem(name))?.value ?? "";
  }
}
