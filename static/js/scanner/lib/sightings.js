// @ts-check

/** A pause between two looks longer than this says nothing about what stood in front of the camera. */
const LONGEST_LOOK = 300;

/**
 * Tells a code that has just come into view from one that is still there.
 *
 * A code counts as gone once it was missing for `quiet` milliseconds of looking. Only looking
 * counts: while the camera stalls, time stands still, so a hiccup never reads a ticket twice.
 */
export class Sightings {
  /** @param {{quiet?: number}} [options] */
  constructor({ quiet = 1200 } = {}) {
    this.quiet = quiet;
    this.looked = 0;
    /** @type {number | null} */
    this.lastLook = null;
    /** @type {Map<string, number>} */
    this.seenAt = new Map();
  }

  /**
   * One look through the camera.
   * @param {string | null} text  what was read, or null for nothing
   * @param {number} now  milliseconds, any origin
   * @returns {boolean} whether `text` has just come into view
   */
  look(text, now) {
    if (this.lastLook !== null) this.looked += Math.min(now - this.lastLook, LONGEST_LOOK);
    this.lastLook = now;
    this.#dropGone();
    if (!text) return false;
    const fresh = !this.seenAt.has(text);
    this.seenAt.set(text, this.looked);
    return fresh;
  }

  /** Lets a code be read again at once, although it never left. @param {string} text */
  forget(text) {
    this.seenAt.delete(text);
  }

  #dropGone() {
    for (const [text, at] of this.seenAt) {
      if (this.looked - at >= this.quiet) this.seenAt.delete(text);
    }
  }
}
