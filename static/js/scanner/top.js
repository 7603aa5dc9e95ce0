// @ts-check
import { sentences } from "./lib/standing.js";

/** @typedef {{admitted: number, expected: number, inside?: number}} Counts */

/** What stands above the camera: how many are in, is there a line or since when not, what is unsent. */
export class Top {
  /**
   * @param {import("./screen.js").Screen} screen
   * @param {import("./door.js").Door} door
   * @param {Counts} counts
   * @param {(iso: string) => string} clockTime
   */
  constructor(screen, door, counts, clockTime) {
    this.screen = screen;
    this.door = door;
    this.counts = counts;
    this.clockTime = clockTime;
    /** @type {number | null} */
    this.offlineSince = null;
  }

  /** @param {Counts} counts */
  counted(counts) {
    this.counts = counts;
    this.screen.count(counts);
  }

  /** Until the server says the number itself. @param {number} more */
  admitted(more) {
    this.counted({ ...this.counts, admitted: Math.max(0, this.counts.admitted + more) });
  }

  /** @param {boolean} online */
  connected(online) {
    const back = online && this.offlineSince !== null;
    this.offlineSince = online ? null : (this.offlineSince ?? Date.now());
    this.door.online = online;
    if (back) void this.door.sync?.run();
    this.draw();
  }

  draw() {
    const { known, rows } = this.door.list ?? {};
    const online = this.offlineSince === null;
    const { gateName } = this.door;
    if (gateName) this.screen.part("gate").textContent = gateName;
    const told = sentences(
      {
        online,
        since: this.offlineSince,
        listAt: (this.door.device && known?.askedAt) ?? null, // who is no device judges by no list
        tickets: rows?.size ?? 0,
        unsent: this.door.logbook?.waiting ?? 0,
      },
      this.clockTime,
    );
    this.screen.standing(online, told);
  }
}
