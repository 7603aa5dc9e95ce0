// @ts-check
import { moneyText } from "../lib/basket.js";
import { minorOf, split } from "../lib/fees.js";

/** Shows what the buyer pays and the seller gets while a price is typed. The server counts again. */
export default class {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.price = /** @type {HTMLInputElement} */ (form.elements.namedItem("price"));
    this.onInput = () => this.show();
  }

  start() {
    this.price.addEventListener("input", this.onInput);
    this.show();
  }

  stop() {
    this.price.removeEventListener("input", this.onInput);
  }

  show() {
    const { bps = "0", fixed = "0", passedOn, currency = "EUR" } = this.form.dataset;
    const places = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
    const minor = minorOf(this.price.value, places);
    const terms = { bps: Number(bps), fixed: Number(fixed), passedOn: passedOn === "yes" };
    const parts = minor === null ? null : split(minor, terms);
    for (const name of /** @type {const} */ (["paid", "fee", "net"])) {
      const cell = this.form.querySelector(`[data-fees-${name}]`);
      if (cell) cell.textContent = parts ? moneyText(parts[name], currency, document.documentElement.lang) : "–";
    }
  }
}
