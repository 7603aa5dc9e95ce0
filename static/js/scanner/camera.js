// @ts-check
import { memory } from "./memory.js";

/** @typedef {"closed" | "opening" | "live" | "denied" | "missing" | "busy" | "unsupported" | "blind"} State */

const REOPEN_AFTER = 800;

/** @type {Record<string, State>} */
const TROUBLES = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
};

/**
 * The phone's camera. It lets go while the page is hidden and comes back by itself, also after a
 * phone call or another app took it away.
 */
export class Camera {
  /**
   * @param {HTMLVideoElement} video
   * @param {(state: State) => void} changed
   */
  constructor(video, changed) {
    this.video = video;
    this.changed = changed;
    this.wanted = false;
    this.opening = 0;
    /** @type {MediaStream | null} */
    this.stream = null;
    document.addEventListener("visibilitychange", () => this.#visibility());
  }

  async open() {
    this.wanted = true;
    const turn = ++this.opening;
    this.#letGo();
    this.changed("opening");
    try {
      const stream = await this.#ask();
      if (turn !== this.opening || document.hidden) stopTracks(stream);
      else await this.#use(stream);
    } catch (error) {
      if (turn === this.opening) this.#failed(error);
    }
  }

  close() {
    this.wanted = false;
    this.opening += 1;
    this.#letGo();
  }

  /** Takes the next camera of this phone and remembers it. */
  async switch() {
    const cameras = await this.all();
    const current = this.track?.getSettings().deviceId;
    const at = cameras.findIndex((camera) => camera.deviceId === current);
    const next = cameras[(at + 1) % cameras.length];
    if (next) memory.keep("camera", next.deviceId);
    await this.open();
  }

  async all() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.filter((device) => device.kind === "videoinput");
  }

  get track() {
    return this.stream?.getVideoTracks()[0] ?? null;
  }

  get hasTorch() {
    return Boolean(/** @type {any} */ (this.track?.getCapabilities?.())?.torch);
  }

  /** @param {boolean} on @returns {Promise<boolean>} whether the light is on now */
  async torch(on) {
    try {
      await this.track?.applyConstraints(/** @type {any} */ ({ advanced: [{ torch: on }] }));
      return on;
    } catch {
      return false; // some phones promise a light and do not have it
    }
  }

  async #ask() {
    if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("", "NotSupportedError");
    const remembered = memory.recall("camera");
    const which = remembered ? { deviceId: { ideal: remembered } } : { facingMode: { ideal: "environment" } };
    const video = { ...which, width: { ideal: 1280 }, height: { ideal: 720 } };
    return navigator.mediaDevices.getUserMedia({ audio: false, video });
  }

  /** @param {MediaStream} stream */
  async #use(stream) {
    this.stream = stream;
    this.video.srcObject = stream;
    this.track?.addEventListener("ended", () => this.#lost(stream));
    await this.video.play();
    if (stream !== this.stream) return;
    await this.track?.applyConstraints(/** @type {any} */ ({ advanced: [{ focusMode: "continuous" }] })).catch(() => {});
    this.changed("live");
  }

  /** @param {unknown} error */
  #failed(error) {
    const name = error instanceof DOMException ? error.name : "";
    this.#letGo();
    this.changed(name === "NotSupportedError" ? "unsupported" : (TROUBLES[name] ?? "busy"));
  }

  /** @param {MediaStream} stream */
  #lost(stream) {
    if (stream !== this.stream || !this.wanted || document.hidden) return;
    this.changed("opening");
    setTimeout(() => stream === this.stream && this.open(), REOPEN_AFTER);
  }

  #visibility() {
    if (!this.wanted) return;
    if (!document.hidden) void this.open();
    else {
      this.opening += 1;
      this.#letGo();
      this.changed("closed");
    }
  }

  #letGo() {
    if (this.stream) stopTracks(this.stream);
    this.stream = null;
    this.video.srcObject = null;
  }
}

/** @param {MediaStream} stream */
function stopTracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}
