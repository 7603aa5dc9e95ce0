// @ts-check

/** @typedef {import("./answers.js").Answer} Answer */

/**
 * How each verdict sounds, feels and how long it stays. `hold` is in milliseconds; what needs
 * reading stays longer than what needs walking. Colours and words are in the page.
 *
 * @typedef {{tone: "yes" | "no" | "elsewhere" | "unsure", hold: number, buzz: number[]}} Manner
 */

/** @type {Manner} */
const NO = { tone: "no", hold: 4000, buzz: [220, 90, 220] };

/** @type {Manner} */
const ELSEWHERE = { tone: "elsewhere", hold: 4000, buzz: [120, 80, 120, 80, 120] };

/** There is something to do first: compare a name, or let the others of the order in. @type {Manner} */
const LOOK = { tone: "yes", hold: 5000, buzz: [90, 60, 90] };

/** @type {Record<string, Manner>} */
const MANNERS = {
  admitted: { tone: "yes", hold: 1800, buzz: [90] },
  left: { tone: "yes", hold: 1800, buzz: [90] },
  already_used: NO,
  refunded: NO,
  cancelled: NO,
  transferred: NO,
  unknown: NO,
  wrong_event: ELSEWHERE,
  wrong_gate: ELSEWHERE,
  not_inside: ELSEWHERE,
  unlisted: ELSEWHERE,
  unchecked: { tone: "unsure", hold: 4000, buzz: [450] },
};

/** @param {Answer} answer @returns {Manner} */
export function manner(answer) {
  if (answer.result === "admitted" && (answer.check || answer.others)) return LOOK;
  return MANNERS[answer.result] ?? MANNERS.unchecked;
}

/**
 * Which sentence to show under the word, and what to put into its gaps. The sentences stand in
 * the page, translated; this picks one by name.
 *
 * @param {Answer} answer
 * @param {(iso: string) => string} clockTime  writes a moment as the venue's clock shows it
 * @returns {{line: string, fill: Record<string, string | number>}}
 */
export function detail(answer, clockTime) {
  if (answer.result === "unchecked") return { line: `unchecked-${answer.reason ?? "server"}`, fill: {} };
  if (answer.result === "admitted" && answer.check) return { line: "check-name", fill: {} };
  if (answer.result === "wrong_gate" && answer.go_to) return { line: "go-to", fill: { gates: answer.go_to } };
  if (answer.result === "unknown" && answer.why) return { line: `unknown-${answer.why}`, fill: {} };
  if (answer.result !== "already_used" || !answer.used_at) return { line: answer.result, fill: {} };
  const time = clockTime(answer.used_at);
  const seconds = age(answer);
  const gate = answer.gate ?? "";
  if (seconds !== null && seconds < 120) {
    return { line: gate ? "used-just-now" : "used-just-now-no-gate", fill: { seconds, gate, time } };
  }
  return { line: gate ? "used-at-gate" : "used-at", fill: { gate, time } };
}

/** By the server's clock alone: a phone's may be wrong. @param {Answer} answer */
function age({ used_at, checked_at }) {
  if (!used_at || !checked_at) return null;
  const seconds = Math.round((Date.parse(checked_at) - Date.parse(used_at)) / 1000);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}

/**
 * Puts values into a sentence's gaps: "Used at {time}".
 * @param {string} sentence
 * @param {Record<string, string | number>} fill
 */
export function filled(sentence, fill) {
  return sentence.replace(/\{(\w+)\}/g, (gap, name) => (name in fill ? String(fill[name]) : gap));
}
