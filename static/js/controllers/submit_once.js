// @ts-check

/** Lets a form go once. Coming back to the page by the browser's history opens it again. */
export default class {
  /** @param {HTMLFormElement} element */
  constructor(element) {
    this.form = element;
    this.onShow = () => this.open();
  }

  start() {
    this.form.addEventListener("submit", (event) => this.submit(event));
    addEventListener("pageshow", this.onShow);
  }

  stop() {
    removeEventListener("pageshow", this.onShow);
  }

  /** @param {SubmitEvent} event */
  submit(event) {
    if (event.defaultPrevented) return;
    if (this.gone) {
      event.preventDefault();
      return;
    }
    this.gone = true;
    event.submitter?.setAttribute("aria-busy", "true");
  }

  open() {
    this.gone = false;
    this.form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  }
}
