// @ts-check

/** A button that opens the <dialog> named in data-dialog. */
export default class {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.button = element;
  }

  start() {
    const dialog = document.getElementById(this.button.dataset.dialog ?? "");
    if (!(dialog instanceof HTMLDialogElement)) return;
    this.button.hidden = false;
    this.button.addEventListener("click", () => dialog.showModal());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  }
}
