// @ts-check

const PAUSE = 400;

/**
 * Shows the page of an event beside its editor, as it would be with what is typed: drawn by the
 * server from the whole form, one request at a time. data-preview: where. Nothing is asked where
 * there is no room for it.
 */
export default class {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.url = form.dataset.preview ?? "";
    this.frame = /** @type {HTMLIFrameElement} */ (document.querySelector("[data-preview-frame]"));
    this.onInput = () => this.later();
  }

  start() {
    this.form.addEventListener("input", this.onInput);
    addEventListener("resize", this.onInput);
    this.draw();
  }

  stop() {
    clearTimeout(this.timer);
    this.form.removeEventListener("input", this.onInput);
    removeEventListener("resize", this.onInput);
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.draw(), PAUSE);
  }

  async draw() {
    if (!this.frame.checkVisibility()) return;
    if (this.isAsking) return this.later();
    const typed = new FormData(this.form);
    const said = JSON.stringify([...typed]);
    if (said === this.shown) return;
    this.isAsking = true;
    const answer = await fetch(this.url, { method: "POST", body: typed }).catch(() => null);
    this.isAsking = false;
    if (!answer?.ok || answer.redirected) return;
    this.shown = said;
    this.show(await answer.text());
  }

  /** In place, so that the pane stays where somebody has moved it. @param {string} html */
  show(html) {
    const old = this.frame.contentDocument?.querySelector("main");
    if (!old) {
      this.frame.srcdoc = html;
      return;
    }
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("main");
    if (fresh) old.replaceWith(fresh);
  }
}
