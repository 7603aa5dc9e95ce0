// @ts-check

const SHOWN = 2500;

/** Copies data-copy and says so. */
export default class {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.button = element;
    this.label = element.querySelector("[data-label]") ?? element;
    this.words = this.label.textContent;
  }

  start() {
    if (!navigator.clipboard) return;
    this.button.hidden = false;
    this.label.setAttribute("aria-live", "polite");
    this.button.addEventListener("click", () => this.copy());
  }

  stop() {
    clearTimeout(this.timer);
  }

  async copy() {
    await navigator.clipboard.writeText(this.button.dataset.copy ?? "");
    this.label.textContent = this.button.dataset.copied ?? this.words;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.label.textContent = this.words), SHOWN);
  }
}
