// @ts-check

/** @typedef {{ id: string, remaining: number, state: "ok" | "low" | "gone" }} Tier */
/** @typedef {{ ok: string, low: string, gone: string }} Words  with "{n}" for the number left */

/**
 * What a row should say now.
 * @param {Tier} tier @param {Words} words
 */
export function wording(tier, words) {
  return (words[tier.state] ?? words.ok).replace("{n}", String(tier.remaining));
}

/**
 * The most that may be chosen. A choice already made is never taken back: the server refuses, with
 * words, what cannot be.
 * @param {Tier} tier @param {number} limit @param {number} chosen
 */
export function highest(tier, limit, chosen) {
  return Math.max(chosen, Math.min(limit, tier.remaining));
}

/**
 * Whether a document is newer than the last one shown.
 * @param {number | null} shown @param {number} seq
 */
export function isNews(shown, seq) {
  return shown === null || seq > shown;
}
