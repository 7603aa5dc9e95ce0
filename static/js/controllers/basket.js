// @ts-check
import { basket, moneyText } from "../lib/basket.js";

/**
 * Says what the chosen tickets cost while they are being chosen. The server counts again.
 * On the form: data-currency, data-free, data-most, data-one, data-many, data-too-many (words with "{n}").
 */
export default class {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.total = /** @type {HTMLElement} */ (form.querySelector("[data-total]"));
    this.deed = /** @type {HTMLElement} */ (form.querySelector("[data-basket-deed]"));
    this.note = /** @type {HTMLElement} */ (form.querySelector("[data-basket-note]"));
    this.before = { total: this.total.textContent, deed: this.deed.textContent };
    this.onInput = () => this.show();
  }

  start() {
    this.form.addEventListener("input", this.onInput);
    addEventListener("pageshow", this.onInput);
    this.show();
  }

  stop() {
    this.form.removeEventListener("input", this.onInput);
    removeEventListener("pageshow", this.onInput);
  }

  show() {
    const { currency = "EUR", free = "", most = "0", one = "", many = "", tooMany = "" } = this.form.dataset;
    const { count, minor } = basket(this.picks());
    const isTooMany = count > Number(most);
    const text = minor ? moneyText(minor, currency, document.documentElement.lang) : free;
    this.total.textContent = count ? text : this.before.total;
    this.deed.textContent = count ? (count === 1 ? one : many).replace("{n}", String(count)) : this.before.deed;
    this.note.textContent = isTooMany ? tooMany.replace("{n}", most) : "";
    this.note.hidden = !isTooMany;
  }

  picks() {
    const rows = /** @type {NodeListOf<HTMLElement>} */ (this.form.querySelectorAll("[data-price]"));
    return [...rows].map((row) => ({
      price: Number(row.dataset.price),
      count: Math.max(0, Number(row.querySelector("input")?.value) || 0),
    }));
  }
}
