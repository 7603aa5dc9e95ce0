// @ts-check
import { encode } from "../../vendor/uqr/uqr.js";
import { pathOf, RotatingCode, untilNext } from "../lib/rotating.js";
import { serverNow } from "../lib/server_clock.js";

const SVG = "http://www.w3.org/2000/svg";
const QUIET = 4;

/**
 * Draws a ticket's code of this moment over the one that stands in the page, which stays for paper
 * and for browsers that cannot. Needs no network once the page is there.
 */
export default class {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    const { ticket = "", opener = "", macKey = "" } = element.dataset;
    this.code = new RotatingCode({ ticket, opener, macKey });
    this.picture = document.createElementNS(SVG, "svg");
    this.picture.setAttribute("class", "stub-live");
    this.onVisible = () => !document.hidden && this.draw();
  }

  start() {
    if (!globalThis.crypto?.subtle) return; // plain http: the printed code has to do
    document.addEventListener("visibilitychange", this.onVisible);
    void this.draw();
  }

  stop() {
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.onVisible);
  }

  async draw() {
    clearTimeout(this.timer);
    const { data, size } = encode(await this.code.at(serverNow()), { ecc: "M", border: QUIET });
    this.picture.setAttribute("viewBox", `0 0 ${size} ${size}`);
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", pathOf(data));
    this.picture.replaceChildren(path);
    if (!this.picture.isConnected) this.element.prepend(this.picture);
    this.element.dataset.live = "";
    this.timer = setTimeout(() => this.draw(), untilNext(serverNow()));
  }
}
