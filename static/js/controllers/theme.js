// @ts-check

const YEAR = 31_536_000;

/** Light, dark, or as the device has it. The cookie lets the server draw the next page right at once. */
export default class {
  /** @param {HTMLFieldSetElement} element */
  constructor(element) {
    this.element = element;
  }

  start() {
    this.element.hidden = false;
    this.element.addEventListener("change", (event) => this.choose(/** @type {HTMLInputElement} */ (event.target).value));
  }

  /** @param {string} theme */
  choose(theme) {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `theme=${theme}; path=/; max-age=${theme === "auto" ? 0 : YEAR}; samesite=lax${secure}`;
  }
}
