// @ts-check
import { memory } from "./memory.js";

/**
 * Notes of each tone: start in seconds, frequency in hertz, length in seconds. Told apart with the
 * eyes closed: up for yes, low and rough for no, a knock for elsewhere, falling for unsure.
 *
 * @type {Record<string, {wave: OscillatorType, notes: [number, number, number][]}>}
 */
const TONES = {
  yes: { wave: "triangle", notes: [[0, 880, 0.1], [0.1, 1318.5, 0.2]] },
  no: { wave: "square", notes: [[0, 155, 0.22], [0.3, 155, 0.3]] },
  elsewhere: { wave: "triangle", notes: [[0, 523, 0.1], [0.18, 523, 0.1], [0.36, 523, 0.1]] },
  unsure: { wave: "sine", notes: [[0, 587, 0.18], [0.2, 392, 0.4]] },
};

const LOUD = 0.5;

/** The scanner's voice. Browsers stay silent until a tap, so the first tap unlocks it. */
export class Sounds {
  constructor() {
    /** @type {AudioContext | null} */
    this.context = null;
    this.muted = memory.recall("muted") === "yes";
  }

  unlock() {
    this.context ??= "AudioContext" in window ? new AudioContext() : null;
    void this.context?.resume();
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.muted = muted;
    memory.keep("muted", muted ? "yes" : "no");
  }

  /** @param {string} tone */
  play(tone) {
    if (this.muted || !this.context) return;
    void this.context.resume(); // a phone call suspends it
    const { wave, notes } = TONES[tone];
    for (const [start, hertz, length] of notes) this.#note(wave, start, hertz, length);
  }

  /** @param {OscillatorType} wave @param {number} start @param {number} hertz @param {number} length */
  #note(wave, start, hertz, length) {
    const context = /** @type {AudioContext} */ (this.context);
    const from = context.currentTime + start;
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setTargetAtTime(LOUD, from, 0.005);
    gain.gain.setTargetAtTime(0, from + length - 0.03, 0.015);
    const voice = new OscillatorNode(context, { type: wave, frequency: hertz });
    voice.connect(gain).connect(context.destination);
    voice.start(from);
    voice.stop(from + length + 0.1);
  }
}
