// @ts-check
/* The arithmetic of a waiting room: one's own place from what everybody sees. */

/** @typedef {{ state: string, cut: [number, string], in: number, n: [number, number], rate: number, last_rank: number[], gate: number, tiers: [string, number, "ok" | "low" | "gone"][], poll: [number, number, number], salts: Record<string, string>, draw: string, seq: number, opens: number }} News */

/**
 * Whether it is the turn of whoever has this key.
 * @param {number} win @param {string} key @param {[number, string]} cut
 */
export function isCalled(win, key, [cutWin, cutKey]) {
  return win < cutWin || (win === cutWin && key < cutKey);
}

/**
 * Minutes until so many were let in, at the least and at the most; null when the pace is unknown.
 * @param {number} ahead @param {number} rate  people a minute
 * @returns {[number, number] | null}
 */
export function eta(ahead, rate) {
  return rate > 0 ? [Math.floor((ahead / rate) * 0.85), Math.ceil((ahead / rate) * 1.7)] : null;
}

/**
 * Of those up to this rank who still wait, how many will probably get a place; null when all will.
 * @param {number} rank @param {number[]} last @param {number} admitted
 */
export function odds(rank, last, admitted) {
  return last.length === 3 && last[1] < rank ? Math.max(0, last[1] - admitted) : null;
}

/**
 * Milliseconds until the next look: often when one is near, seldom when one is far.
 * @param {number} seconds  the wait that is left, or less than nothing when it is not known
 * @param {[number, number, number]} poll @param {number} chance  0 to 1
 */
export function nextLook(seconds, [least, most, parts], chance) {
  const part = seconds < 0 ? 10 : seconds / parts;
  return Math.round(1000 * Math.min(Math.max(part, least), most) * (1 + 0.3 * chance));
}

/** A number of people that never goes up: a place once shown is not taken back. */
export class Ahead {
  /** @param {number} [known] */
  constructor(known = Infinity) {
    this.least = known;
  }

  /** @param {number} count */
  show(count) {
    this.least = Math.min(this.least, count);
    return this.least;
  }
}
