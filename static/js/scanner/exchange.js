// @ts-check
import { frames } from "./lib/exchange.js";

const LINES = 90;
const EACH = 700;

/**
 * Shows this phone's log to another one, picture after picture, until it is closed.
 */
export class Exchange {
  /** @param {HTMLCanvasElement} canvas @param {(number: number, of: number) => void} shown */
  constructor(canvas, shown) {
    this.canvas = canvas;
    this.shown = shown;
    this.timer = 0;
  }

  /** @param {string[]} lines  newest first @returns {Promise<boolean>} false: there is nothing to show */
  async start(lines) {
    this.stop();
    const texts = frames(lines.slice(0, LINES));
    if (texts.length === 0) return false;
    const { encode } = await import("../../vendor/uqr/uqr.js");
    const pictures = texts.map((text) => encode(text, { ecc: "L", border: 4 }));
    let at = 0;
    const next = () => {
      draw(this.canvas, pictures[at].data);
      this.shown(at + 1, pictures.length);
      at = (at + 1) % pictures.length;
    };
    next();
    this.timer = window.setInterval(next, EACH);
    return true;
  }

  stop() {
    clearInterval(this.timer);
  }
}

/** One pixel a module; the page makes it large. @param {HTMLCanvasElement} canvas @param {boolean[][]} modules */
function draw(canvas, modules) {
  canvas.width = canvas.height = modules.length;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.fillStyle = "#fff";
  context.fillRect(0, 0, modules.length, modules.length);
  context.fillStyle = "#000";
  modules.forEach((row, y) => row.forEach((dark, x) => dark && context.fillRect(x, y, 1, 1)));
}
