// @ts-check
import { stepped } from "../lib/stepper.js";

/** Two buttons around a number field. */
export default class {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.input = /** @type {HTMLInputElement} */ (element.querySelector("input"));
    this.buttons = [...element.querySelectorAll("button")];
  }

  start() {
    for (const button of this.buttons) {
      button.hidden = false;
      button.addEventListener("click", () => this.step(Number(button.dataset.step)));
    }
    this.input.addEventListener("input", () => this.show());
    this.watch = new MutationObserver(() => this.show());
    this.watch.observe(this.input, { attributeFilter: ["max", "disabled"] });
    this.show();
  }

  stop() {
    this.watch?.disconnect();
  }

  /** @param {number} by */
  step(by) {
    this.input.value = String(stepped(this.input.value, by, Number(this.input.min), Number(this.input.max)));
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  show() {
    const [fewer, more] = this.buttons;
    const value = Number(this.input.value);
    fewer.setAttribute("aria-disabled", String(value <= Number(this.input.min)));
    more.setAttribute("aria-disabled", String(value >= Number(this.input.max)));
    this.input.parentElement?.toggleAttribute("data-chosen", value > 0);
  }
}
