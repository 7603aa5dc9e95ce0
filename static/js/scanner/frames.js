// @ts-check
import { region } from "./lib/regions.js";

/** @typedef {import("./decoder.js").Decoder} Decoder */

/** The longest wait for the browser to announce a picture; covered videos may stop announcing. */
const AT_LATEST = 200;

/** Takes pictures from the video, one after the other, and has each read before the next. */
export class Frames {
  /**
   * @param {HTMLVideoElement} video
   * @param {Decoder} decoder
   * @param {(text: string | null) => void} looked  after each picture that was read
   */
  constructor(video, decoder, looked) {
    this.video = video;
    this.decoder = decoder;
    this.looked = looked;
    this.turn = 0;
    this.canvas = document.createElement("canvas");
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
  }

  async run() {
    for (;;) {
      await this.#nextPicture();
      const picture = this.#take();
      if (picture) this.looked(await this.decoder.read(picture));
    }
  }

  #nextPicture() {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, AT_LATEST);
      this.video.requestVideoFrameCallback?.(() => {
        clearTimeout(timer);
        resolve(undefined);
      });
    });
  }

  /** @returns {ImageData | null} */
  #take() {
    const { videoWidth, videoHeight, readyState, paused } = this.video;
    if (!this.context || !this.decoder.ready || paused || readyState < 2 || !videoWidth) return null;
    const { x, y, width, height } = region(this.turn++, videoWidth, videoHeight);
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    this.context.drawImage(this.video, x, y, width, height, 0, 0, width, height);
    return this.context.getImageData(0, 0, width, height);
  }
}
