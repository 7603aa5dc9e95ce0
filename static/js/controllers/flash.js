// @ts-check

const SHOWN = 8000;

/** Good news goes by itself once it could be read; what went wrong stays. */
export default class {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
  }

  start() {
    if (this.element.dataset.tone !== "good") return;
    this.timer = setTimeout(() => this.leave(), SHOWN);
  }

  stop() {
    clearTimeout(this.timer);
  }

  leave() {
    if (this.element.matches(":hover, :focus-within")) this.start();
    else this.element.remove();
  }
}
