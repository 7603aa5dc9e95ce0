// @ts-check
import { moment } from "./log_lines.js";

/** @typedef {import("./log_lines.js").Entry} Entry */
/** @typedef {import("./answers.js").Answer} Answer */

/**
 * A ticket as this phone knows it.
 * @typedef {{inside: boolean, entries: number, at: number | null, gate: number}} Presence
 *   at: milliseconds of the last admission by the server's clock
 */

/**
 * A row of the list; its columns are laid down in docs/door.md, section 4.
 * @typedef {[string, number?, string?, number?, number?, number?, string?, string?, string?]} Row
 */

/** @typedef {{number: number, name: string, tiers: number[] | null}} Gate */
/** @typedef {{entry: "single" | "reentry" | "multiple", tiers: string[], gates: Gate[]}} Rules */

/** @type {Record<string, string>} */
const OVER = { r: "refunded", c: "cancelled", t: "transferred" };

/**
 * What the list says, and what happened since.
 *
 * @param {Row} row
 * @param {Entry[]} since  of this ticket, by any phone; what the list knows already is left out
 * @param {number} offset  the server's clock less this phone's
 * @returns {Presence}
 */
export function presence(row, since, offset) {
  const [, , state = "v", entries = 0, at = 0, gate = 0] = row;
  /** @type {Presence} */
  const listed = { inside: state === "u", entries, at: at ? at * 1000 : null, gate };
  const undone = new Set(since.filter((entry) => entry.kind === "UNDO").map((entry) => entry.undoes));
  const ours = new Set(since.map((entry) => entry.scanId));
  const base = [...undone].some((scanId) => !ours.has(scanId)) ? takenBack(listed) : listed;
  return since
    .filter((entry) => !undone.has(entry.scanId))
    .sort((one, other) => moment(one, offset) - moment(other, offset))
    .reduce((now, entry) => after(now, entry, offset), base);
}

/** The list counts an admission that was taken back since. @param {Presence} listed @returns {Presence} */
function takenBack({ entries }) {
  return { inside: false, entries: Math.max(0, entries - 1), at: null, gate: 0 };
}

/**
 * The verdict on a good code, as the server would give it.
 *
 * @param {{row: Row, since: Entry[], rules: Rules, gate: number, direction: "in" | "out", offset: number}} scene
 * @returns {Answer}
 */
export function judged({ row, since, rules, gate, direction, offset }) {
  const [, tierAt = 0, state = "v"] = row;
  const tier = rules.tiers[tierAt] ?? null;
  if (OVER[state]) return { result: OVER[state], tier };
  const here = rules.gates.find((one) => one.number === gate);
  if (here?.tiers && !here.tiers.includes(tierAt)) return { result: "wrong_gate", tier, go_to: others(rules.gates, tierAt) };
  const now = presence(row, since, offset);
  if (direction === "out") return { result: now.inside ? "left" : "not_inside", tier };
  if (mayEnter(now, rules.entry)) return { result: "admitted", tier, entries: now.entries + 1 };
  return { result: "already_used", tier, ...whenAndWhere(now, rules.gates) };
}

/** @param {Presence} now @param {Rules["entry"]} entry */
function mayEnter({ inside, entries }, entry) {
  if (entry === "multiple") return true;
  return entry === "reentry" ? !inside : entries === 0;
}

/** @param {Presence} now @param {Entry} entry @param {number} offset @returns {Presence} */
function after(now, entry, offset) {
  if (entry.kind === "IN" && entry.result === "admitted") {
    return { inside: true, entries: now.entries + 1, at: moment(entry, offset), gate: entry.gate };
  }
  if (entry.kind === "OUT" && entry.result === "left") return { ...now, inside: false };
  return now;
}

/** The gates that take this tier. @param {Gate[]} gates @param {number} tier */
function others(gates, tier) {
  return gates.filter((gate) => !gate.tiers || gate.tiers.includes(tier)).map((gate) => gate.name).join(", ") || null;
}

/** @param {Presence} now @param {Gate[]} gates */
function whenAndWhere({ at, gate }, gates) {
  return {
    used_at: at === null ? null : new Date(at).toISOString(),
    gate: gates.find((one) => one.number === gate)?.name ?? null,
  };
}
