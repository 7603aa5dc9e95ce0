// @ts-check

/** Takes the focus when the page opens: for a summary of errors. */
export default class {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
  }

  start() {
    this.element.focus();
  }
}
