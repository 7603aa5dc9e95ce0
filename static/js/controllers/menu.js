// @ts-check

/** A <details> that closes by Escape, by a click elsewhere, and when the focus leaves. */
export default class {
  /** @param {HTMLDetailsElement} element */
  constructor(element) {
    this.menu = element;
    this.onClick = (/** @type {Event} */ event) => {
      if (!this.menu.contains(/** @type {Node} */ (event.target))) this.menu.open = false;
    };
  }

  start() {
    document.addEventListener("click", this.onClick);
    this.menu.addEventListener("keydown", (event) => this.key(event));
    this.menu.addEventListener("focusout", (event) => {
      const to = /** @type {Node | null} */ (event.relatedTarget);
      if (to && !this.menu.contains(to)) this.menu.open = false;
    });
  }

  stop() {
    document.removeEventListener("click", this.onClick);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key !== "Escape" || !this.menu.open) return;
    this.menu.open = false;
    this.menu.querySelector("summary")?.focus();
  }
}
