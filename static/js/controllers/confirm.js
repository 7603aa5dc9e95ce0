// @ts-check

/**
 * Asks before a form is sent: data-confirm-text, data-confirm-deed, data-confirm-back.
 * The question stands before any other listener, so that a form that waits is not marked as sent.
 */
export default class {
  /** @param {HTMLFormElement} element */
  constructor(element) {
    this.form = element;
    this.onSubmit = (/** @type {SubmitEvent} */ event) => this.ask(event);
  }

  start() {
    this.form.addEventListener("submit", this.onSubmit, { capture: true });
  }

  stop() {
    this.form.removeEventListener("submit", this.onSubmit, { capture: true });
  }

  /** @param {SubmitEvent} event */
  ask(event) {
    if (this.agreed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.dialog(event.submitter).showModal();
  }

  /** @param {HTMLElement | null} submitter */
  dialog(submitter) {
    const { confirmText = "", confirmDeed = "", confirmBack = "" } = this.form.dataset;
    const dialog = document.createElement("dialog");
    dialog.className = "dialog";
    dialog.setAttribute("aria-label", confirmText);
    const text = document.createElement("p");
    text.textContent = confirmText;
    const back = button(confirmBack, "button");
    const deed = button(confirmDeed, "button button-danger");
    const row = document.createElement("div");
    row.className = "cluster";
    row.append(deed, back);
    const box = document.createElement("div");
    box.className = "stack";
    box.append(text, row);
    dialog.append(box);
    back.addEventListener("click", () => dialog.close());
    deed.addEventListener("click", () => this.agree(dialog, submitter));
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    return dialog;
  }

  /** @param {HTMLDialogElement} dialog @param {HTMLElement | null} submitter */
  agree(dialog, submitter) {
    this.agreed = true;
    dialog.close();
    this.form.requestSubmit(submitter);
    this.agreed = false;
  }
}

/** @param {string} label @param {string} kind */
function button(label, kind) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = kind;
  element.textContent = label;
  return element;
}
