// @ts-check
import WakeLock from "../controllers/wake_lock.js";
import { Camera } from "./camera.js";
import { Decoder } from "./decoder.js";
import { Frames } from "./frames.js";
import { Heartbeat } from "./heartbeat.js";
import { Board } from "./lib/board.js";
import { venueClock } from "./lib/moments.js";
import { randomScanId, ScanIds } from "./lib/scan_ids.js";
import { ScanQueue } from "./lib/scan_queue.js";
import { Sightings } from "./lib/sightings.js";
import { detail, manner } from "./lib/verdicts.js";
import { Screen } from "./screen.js";
import { Server } from "./server.js";
import { Sounds } from "./sounds.js";

/** @typedef {import("./lib/answers.js").Answer} Answer */
/** @typedef {import("./screen.js").Verdict} Verdict */
/** @typedef {import("./server.js").Scan} Scan */

/** No ticket code is this long; what is cut here is refused by the server all the same. */
const LONGEST_CODE = 512;

/** A check that takes longer than this is worth a word. Milliseconds. */
const NOTICEABLE = 250;

/** The door scanner: ties camera, reader, server and screen together. */
class Scanner {
  /** @param {HTMLElement} root */
  constructor(root) {
    const page = /** @type {any} */ (root.dataset);
    this.screen = new Screen(root);
    this.sounds = new Sounds();
    this.wakeLock = new WakeLock();
    /** @type {Board<Verdict>} */
    this.board = new Board();
    /** @type {Verdict | null} */
    this.drawn = null;
    this.sightings = new Sightings();
    this.scanIds = new ScanIds(randomScanId);
    this.server = new Server(page);
    this.clockTime = venueClock(page.zone, document.documentElement.lang || "en", Date.now);
    /** @type {ScanQueue<Scan, Answer>} */
    this.queue = new ScanQueue((scan) => this.check(scan), (answer, scan) => this.answered(answer, scan));
    this.heartbeat = new Heartbeat(
      () => this.server.counts(),
      (counts) => this.counted(counts),
      (online) => this.screen.connection(online),
    );
    this.counts = { admitted: Number(page.admitted), expected: Number(page.expected) };
    this.video = /** @type {HTMLVideoElement} */ (this.screen.part("video"));
    this.camera = new Camera(this.video, (state) => this.cameraChanged(state));
    this.timer = 0;
    this.started = false;
    this.blind = false;
    this.decoder = new Decoder(() => this.goBlind()); // it loads while people read the page
  }

  begin() {
    this.on("start", "click", () => this.start());
    this.screen.part("start").hidden = false; // a tap before now would have been lost
    this.on("retry", "click", () => (this.blind ? location.reload() : this.start()));
    this.on("entry", "submit", (event) => this.typed(event));
    this.on("torch", "click", () => this.torch());
    this.on("switch", "click", () => this.camera.switch());
    this.on("mute", "click", () => this.mute(!this.sounds.muted));
    this.on("verdict", "click", () => this.draw(this.board.dismiss(performance.now())));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.draw(this.board.dismiss(performance.now()));
    });
    this.mute(this.sounds.muted);
    void this.heartbeat.beat();
  }

  /** The first tap: it may open the camera, make sounds and keep the screen on. */
  start() {
    this.sounds.unlock();
    this.screen.part("intro").hidden = true;
    void this.camera.open();
    if (this.started) return;
    this.started = true;
    this.wakeLock.start();
    void new Frames(this.video, this.decoder, (text) => this.looked(text)).run();
  }

  /** The reader does not start: the camera would only raise hopes. */
  goBlind() {
    this.blind = true;
    this.camera.close();
    this.screen.part("intro").hidden = true;
    void this.cameraChanged("blind");
  }

  /** @param {string | null} text */
  looked(text) {
    const code = text?.slice(0, LONGEST_CODE) ?? null;
    if (!this.sightings.look(code, performance.now()) || !code) return;
    if (!this.queue.add({ code, typed: false })) this.sightings.forget(code);
  }

  /** @param {Event} event */
  typed(event) {
    event.preventDefault();
    this.sounds.unlock();
    const field = /** @type {HTMLInputElement} */ (this.screen.part("code"));
    const code = field.value.trim().slice(0, LONGEST_CODE);
    if (code && this.queue.add({ code, typed: true })) field.value = "";
  }

  /** @param {Scan} scan @returns {Promise<Answer>} */
  async check(scan) {
    const slow = setTimeout(() => this.screen.hint("checking"), NOTICEABLE);
    const answer = await this.server.checkIn(scan, this.scanIds.nameFor(scan.code, performance.now()));
    clearTimeout(slow);
    this.screen.hint("aim");
    return answer;
  }

  /** @param {Answer} answer @param {Scan} scan */
  answered(answer, { code }) {
    if (answer.result !== "unchecked") this.scanIds.settle(code);
    this.heartbeat.report(answer.reason !== "offline");
    if (answer.result === "admitted") this.counted({ ...this.counts, admitted: this.counts.admitted + 1 });
    const { hold } = manner(answer);
    const at = this.clockTime(new Date().toISOString());
    const verdict = { code, answer, ...detail(answer, this.clockTime), at, hold };
    this.screen.list(verdict);
    this.board.add(verdict, performance.now());
    this.draw(this.board.shown);
  }

  /** @param {Verdict | null} verdict  what the board shows now */
  draw(verdict) {
    clearTimeout(this.timer);
    if (verdict !== this.drawn) this.turnTo(verdict);
    const wait = this.board.wait(performance.now());
    if (wait !== null) this.timer = window.setTimeout(() => this.draw(this.board.tick(performance.now())), wait);
  }

  /** @param {Verdict | null} verdict */
  turnTo(verdict) {
    // A code that could not be checked and is still held up is tried again from here on.
    if (this.drawn?.answer.result === "unchecked") this.sightings.forget(this.drawn.code);
    this.drawn = verdict;
    this.screen.show(verdict);
    if (!verdict) return;
    const { tone, buzz } = manner(verdict.answer);
    this.sounds.play(tone);
    navigator.vibrate?.(buzz);
  }

  /** @param {{admitted: number, expected: number}} counts */
  counted(counts) {
    this.counts = counts;
    this.screen.count(counts);
  }

  /** @param {import("./camera.js").State} state */
  async cameraChanged(state) {
    const working = state === "live" || state === "opening" || state === "closed";
    this.screen.root.dataset.camera = state;
    this.screen.part("trouble").hidden = working;
    this.screen.hint(state === "live" ? "aim" : `camera-${state}`);
    if (!working) this.screen.part("trouble-text").textContent = this.screen.sentence(`camera-${state}`, {});
    if (state !== "live") return;
    this.press("torch", false);
    this.screen.part("torch").hidden = !this.camera.hasTorch;
    this.screen.part("switch").hidden = (await this.camera.all()).length < 2;
  }

  async torch() {
    const on = this.screen.part("torch").getAttribute("aria-pressed") !== "true";
    this.press("torch", await this.camera.torch(on));
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.sounds.mute(muted);
    this.press("mute", muted);
  }

  /** @param {string} part @param {boolean} on */
  press(part, on) {
    this.screen.part(part).setAttribute("aria-pressed", String(on));
  }

  /** @param {string} part @param {string} type @param {(event: Event) => void} does */
  on(part, type, does) {
    this.screen.part(part).addEventListener(type, does);
  }
}

const root = document.querySelector("[data-scanner]");
if (root instanceof HTMLElement) new Scanner(root).begin();
