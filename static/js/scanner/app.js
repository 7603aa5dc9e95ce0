// @ts-check
import WakeLock from "../controllers/wake_lock.js";
import { Camera } from "./camera.js";
import { Decoder } from "./decoder.js";
import { Frames } from "./frames.js";
import { Door } from "./door.js";
import { Heartbeat } from "./heartbeat.js";
import { read } from "./lib/codes.js";
import { frame } from "./lib/exchange.js";
import { venueClock } from "./lib/moments.js";
import { randomScanId, ScanIds } from "./lib/scan_ids.js";
import { ScanQueue } from "./lib/scan_queue.js";
import { Sightings } from "./lib/sightings.js";
import { detail, manner } from "./lib/verdicts.js";
import { Wedge } from "./lib/wedge.js";
import { keepOnPhone } from "./offline.js";
import { People } from "./people.js";
import { Phone } from "./phone.js";
import { Screen } from "./screen.js";
import { Server } from "./server.js";
import { Sounds } from "./sounds.js";
import { Stage } from "./stage.js";
import { Top } from "./top.js";

/** @typedef {import("./lib/answers.js").Answer} Answer */
/** @typedef {import("./alone.js").Scan} Scan */

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
    // A code that could not be checked and is still held up is tried again once that was seen.
    this.stage = new Stage(this.screen, this.sounds, ({ answer, code }) => answer.result === "unchecked" && this.sightings.forget(code));
    this.sightings = new Sightings();
    this.scanIds = new ScanIds(randomScanId);
    this.server = new Server(page);
    this.door = new Door(page, this.server, (news) => this.heard(news));
    this.people = new People(this.screen, (name) => this.door.calls.people(name), (ticket) => this.take(ticket, "N"));
    this.phone = new Phone(this.screen, this.door);
    this.wedge = new Wedge();
    /** @type {"in" | "out"} */
    this.direction = "in";
    this.clockTime = venueClock(page.zone, document.documentElement.lang || "en", Date.now);
    /** @type {ScanQueue<Scan, Answer>} */
    this.queue = new ScanQueue((scan) => this.check(scan), (answer, scan) => this.answered(answer, scan));
    const counts = { admitted: Number(page.admitted), expected: Number(page.expected) };
    this.top = new Top(this.screen, this.door, counts, this.clockTime);
    this.heartbeat = new Heartbeat(
      () => this.server.counts(),
      (counts) => this.top.counted(counts),
      (online) => this.top.connected(online),
    );
    this.video = /** @type {HTMLVideoElement} */ (this.screen.part("video"));
    this.camera = new Camera(this.video, (state) => this.cameraChanged(state));
    this.scanId = "";
    this.started = false;
    this.blind = false;
    this.decoder = new Decoder(() => this.goBlind("blind")); // it loads while people read the page
  }

  begin() {
    this.on("start", "click", () => this.start());
    this.screen.part("start").hidden = false; // a tap before now would have been lost
    this.on("retry", "click", () => (this.blind ? location.reload() : this.start()));
    this.on("entry", "submit", (event) => this.typed(event));
    this.on("torch", "click", () => this.torch());
    this.on("switch", "click", () => this.camera.switch());
    this.on("mute", "click", () => this.mute(!this.sounds.muted));
    this.on("find", "click", () => this.people.open());
    this.on("more", "click", () => this.phone.open());
    this.on("way-in", "click", () => this.turn("in"));
    this.on("way-out", "click", () => this.turn("out"));
    this.on("company", "click", (event) => this.admitCompany(event));
    this.on("verdict", "click", () => this.stage.dismiss());
    document.addEventListener("keydown", (event) => this.pressed(event));
    this.mute(this.sounds.muted);
    void this.heartbeat.beat();
    void this.door.open();
    void keepOnPhone({ idle: () => !this.queue.busy && !this.stage.shown });
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

  /** @param {string | null} text */
  looked(text) {
    const shown = text && frame(text);
    if (shown) return void this.readFrom(shown);
    const code = text?.slice(0, LONGEST_CODE) ?? null;
    if (!this.sightings.look(code, performance.now()) || !code) return;
    if (!this.add(code, false, "C")) this.sightings.forget(code);
  }

  /** @param {string} code @param {boolean} typed @param {Scan["how"]} how */
  add(code, typed, how) {
    return this.queue.add({ code, typed, how, direction: this.direction });
  }

  /** A ticket's number that was chosen, not read. @param {string} ticket @param {Scan["how"]} how */
  take(ticket, how) {
    this.sounds.unlock();
    this.add(ticket, true, how);
  }

  /** Another phone holds up its log. @param {{number: number, of: number, lines: string[]}} shown */
  async readFrom({ lines }) {
    const count = await this.door.read(lines);
    if (count > 0) this.screen.hint("taken-over", { count });
    this.top.draw();
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.key === "Escape") this.stage.dismiss();
    if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return;
    const code = this.wedge.press(event.key, event.timeStamp);
    if (!code) return;
    event.preventDefault(); // Enter would press the button that has the focus
    this.add(code.slice(0, LONGEST_CODE), false, "K");
  }

  /** @param {Event} event */
  typed(event) {
    event.preventDefault();
    this.sounds.unlock();
    const field = /** @type {HTMLInputElement} */ (this.screen.part("code"));
    const code = field.value.trim().slice(0, LONGEST_CODE);
    if (code && this.add(code, true, "T")) field.value = "";
  }

  /** @param {Scan} scan @returns {Promise<Answer>} */
  async check(scan) {
    const slow = setTimeout(() => this.screen.hint("checking"), NOTICEABLE);
    this.scanId = this.scanIds.nameFor(scan.code, performance.now());
    const answer = await this.door.check(scan, this.scanId);
    clearTimeout(slow);
    this.screen.hint("aim");
    return answer;
  }

  /** @param {Answer} answer @param {Scan} scan */
  answered(answer, { code, typed }) {
    if (answer.result !== "unchecked") this.scanIds.settle(code);
    this.heartbeat.report(!answer.alone && answer.reason !== "offline");
    if (answer.counts) this.top.counted(answer.counts);
    else if (answer.result === "admitted") this.top.admitted(1);
    const known = read(code, typed);
    const done = { scanId: this.scanId, ticket: "ticket" in known ? known.ticket : "" };
    const { hold } = manner(answer);
    const at = this.clockTime(new Date().toISOString());
    const verdict = { code, answer, ...detail(answer, this.clockTime), at, hold, done };
    this.screen.list(verdict, this.canUndo(answer) ? () => this.undo(done) : null);
    this.stage.add(verdict);
    this.top.draw();
  }

  /** @param {Answer} answer */
  canUndo(answer) {
    return answer.result === "admitted" && this.door.device !== null;
  }

  /** @param {{scanId: string, ticket: string}} done */
  async undo(done) {
    await this.door.undo(done, randomScanId());
    this.top.admitted(-1);
    this.top.draw();
  }

  /** The verdict stays: it says now how many came in. @param {Event} event */
  async admitCompany(event) {
    event.stopPropagation();
    const verdict = this.stage.shown;
    if (!verdict) return;
    const count = await this.door.admitCompany(verdict.done.ticket, randomScanId);
    this.top.admitted(count);
    this.screen.companyIsIn(count);
    this.top.draw();
  }

  /** @param {import("./sync.js").News} news */
  heard({ counts, ended }) {
    if (counts) this.top.counted(counts);
    if (ended) this.goBlind("ended");
    const entry = this.door.list?.known?.head?.entry ?? "single";
    this.screen.part("ways").hidden = entry === "single";
    if (this.phone.dialog.open && this.phone.picture.hidden) this.phone.kept();
    this.top.draw();
  }

  /** @param {"in" | "out"} direction */
  turn(direction) {
    this.direction = direction;
    this.press("way-in", direction === "in");
    this.press("way-out", direction === "out");
    this.screen.root.dataset.direction = direction;
  }

  /**
   * Nothing can be scanned any more, and the page says why; the camera would only raise hopes.
   * @param {"blind" | "ended"} why  the reader does not start, or this phone is no device any more
   */
  goBlind(why) {
    this.blind = true;
    this.camera.close();
    this.screen.part("intro").hidden = true;
    void this.cameraChanged(why);
  }

  /** @param {import("./camera.js").State | "ended"} state */
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
