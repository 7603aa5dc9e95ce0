// @ts-check
import { Board } from "./lib/board.js";
import { manner } from "./lib/verdicts.js";

/** @typedef {import("./screen.js").Verdict} Verdict */

/** Shows one verdict after the other: on the screen, to the ear and to the hand. */
export class Stage {
  /**
   * @param {import("./screen.js").Screen} screen
   * @param {import("./sounds.js").Sounds} sounds
   * @param {(verdict: Verdict) => void} gone  it is off the screen now
   */
  constructor(screen, sounds, gone) {
    this.screen = screen;
    this.sounds = sounds;
    this.gone = gone;
    /** @type {Board<Verdict>} */
    this.board = new Board();
    /** @type {Verdict | null} */
    this.drawn = null;
    this.timer = 0;
  }

  /** The verdict that is being shown. */
  get shown() {
    return this.board.shown;
  }

  /** @param {Verdict} verdict */
  add(verdict) {
    this.board.add(verdict, performance.now());
    this.#draw(this.board.shown);
  }

  /** Somebody has seen it. */
  dismiss() {
    this.#draw(this.board.dismiss(performance.now()));
  }

  /** @param {Verdict | null} verdict  what the board shows now */
  #draw(verdict) {
    clearTimeout(this.timer);
    if (verdict !== this.drawn) this.#turnTo(verdict);
    const wait = this.board.wait(performance.now());
    if (wait !== null) this.timer = window.setTimeout(() => this.#draw(this.board.tick(performance.now())), wait);
  }

  /** @param {Verdict | null} verdict */
  #turnTo(verdict) {
    if (this.drawn) this.gone(this.drawn);
    this.drawn = verdict;
    this.screen.show(verdict);
    if (!verdict) return;
    const { tone, buzz } = manner(verdict.answer);
    this.sounds.play(tone);
    navigator.vibrate?.(buzz);
  }
}
