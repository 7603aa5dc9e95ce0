// @ts-check

/** A picture that takes longer than this has wedged the worker. Milliseconds. */
const PATIENCE = 5000;
const STARTS = 3;
const SCRIPT = "/scan/decoder.js";

/**
 * The reader in its worker. One picture at a time; a worker that dies or hangs is replaced, so no
 * picture can stop the scanner.
 */
export class Decoder {
  /** @param {() => void} broken  called once if reading codes is impossible here */
  constructor(broken) {
    this.broken = broken;
    this.ready = false;
    this.starts = 0;
    this.turn = 0;
    /** @type {((text: string | null) => void) | null} */
    this.answer = null;
    this.#start();
  }

  /**
   * @param {ImageData} picture  given away: its pixels move to the worker
   * @returns {Promise<string | null>} the code's text, or null
   */
  read(picture) {
    if (!this.ready || this.answer) return Promise.resolve(null);
    const { data: pixels, width, height } = picture;
    this.turn += 1;
    this.worker?.postMessage({ turn: this.turn, pixels, width, height }, [pixels.buffer]);
    return new Promise((resolve) => {
      const watchdog = setTimeout(() => this.#restart(), PATIENCE);
      this.answer = (text) => {
        clearTimeout(watchdog);
        this.answer = null;
        resolve(text);
      };
    });
  }

  #start() {
    this.starts += 1;
    this.ready = false;
    this.worker = new Worker(SCRIPT);
    this.worker.onmessage = ({ data }) => this.#heard(data);
    this.worker.onerror = () => this.#restart();
  }

  /** @param {{ready?: boolean, failed?: string, turn?: number, text?: string | null}} message */
  #heard(message) {
    if (message.failed) this.#restart();
    else if (message.ready) this.ready = true;
    else if (message.turn === this.turn) {
      this.starts = 1;
      this.answer?.(message.text ?? null);
    }
  }

  #restart() {
    this.worker?.terminate();
    this.ready = false;
    this.answer?.(null);
    if (this.starts < STARTS) this.#start();
    else this.broken();
  }
}
