// @ts-check
/* What stands in a form and is not saved, so that it can be put back. All values are texts. */

/**
 * @typedef {{ version: string, sent: boolean, values: Record<string, string> }} Kept
 * `version`: the saved one that they differ from. `sent`: whether they were on their way then.
 */

/** @param {string} text */
const plain = (text) => text.replaceAll("\r\n", "\n").trim();

/**
 * What differs from what is saved.
 * @param {Record<string, string>} typed @param {Record<string, string>} saved
 */
export function unsaved(typed, saved) {
  const names = Object.keys(saved).filter((name) => name in typed && plain(typed[name]) !== plain(saved[name]));
  return Object.fromEntries(names.map((name) => [name, typed[name]]));
}

/**
 * What of it belongs back into a form as it is now: not what was sent and has arrived since, and
 * not over anything that is being typed.
 * @param {Kept} kept @param {string} version @param {Record<string, string>} typed @param {Record<string, string>} saved
 */
export function toPutBack(kept, version, typed, saved) {
  if (kept.sent && kept.version !== version) return {};
  const open = Object.keys(kept.values).filter((name) => name in saved && plain(typed[name] ?? "") === plain(saved[name]));
  return unsaved(Object.fromEntries(open.map((name) => [name, kept.values[name]])), saved);
}
