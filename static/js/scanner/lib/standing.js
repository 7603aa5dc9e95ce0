// @ts-check

/**
 * What the line under the event's name says, always: is there a connection or since when not, what
 * still waits to be sent, and of when the list is.
 *
 * @typedef {{online: boolean, since: number | null, listAt: number | null, tickets: number, unsent: number}} Standing
 *   moments in milliseconds by this phone's clock
 */

/**
 * The sentences to show, by name, with their gaps filled.
 * @param {Standing} standing
 * @param {(iso: string) => string} clockTime
 * @returns {{line: string, fill: Record<string, string | number>}[]}
 */
export function sentences({ online, since, listAt, tickets, unsent }, clockTime) {
  const told = [];
  const time = (/** @type {number} */ at) => clockTime(new Date(at).toISOString());
  if (online) told.push({ line: "online", fill: {} });
  else told.push(since === null ? { line: "offline", fill: {} } : { line: "offline-since", fill: { time: time(since) } });
  if (unsent > 0) told.push({ line: unsent === 1 ? "unsent-one" : "unsent", fill: { count: unsent } });
  else if (listAt !== null) told.push({ line: "all-sent", fill: {} });
  if (listAt !== null) told.push({ line: "list-of", fill: { time: time(listAt), count: tickets } });
  return told;
}
