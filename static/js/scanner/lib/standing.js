// @ts-check

/**
 * What the line under the event's name says: is there a connection or since when not, how old the
 * list is, and what still waits to be sent.
 *
 * @typedef {{online: boolean, since: number | null, listAt: number | null, tickets: number, unsent: number}} Standing
 *   moments in milliseconds by this phone's clock
 */

/** A list older than this is told of even with a connection. Milliseconds. */
const OLD = 5 * 60_000;

/**
 * The sentences to show, by name, with their gaps filled.
 * @param {Standing} standing
 * @param {number} now
 * @param {(iso: string) => string} clockTime
 * @returns {{line: string, fill: Record<string, string | number>}[]}
 */
export function sentences({ online, since, listAt, tickets, unsent }, now, clockTime) {
  const told = [];
  const time = (/** @type {number} */ at) => clockTime(new Date(at).toISOString());
  if (online) told.push({ line: "online", fill: {} });
  else told.push(since === null ? { line: "offline", fill: {} } : { line: "offline-since", fill: { time: time(since) } });
  if (unsent > 0) told.push({ line: unsent === 1 ? "unsent-one" : "unsent", fill: { count: unsent } });
  if (listAt !== null && (!online || now - listAt > OLD)) told.push({ line: "list-of", fill: { time: time(listAt), count: tickets } });
  return told;
}
