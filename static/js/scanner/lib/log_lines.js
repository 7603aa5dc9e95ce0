// @ts-check
import { hmac } from "./seals.js";

/**
 * One entry of a phone's log. Its text is laid down in docs/door.md, section 7.
 *
 * @typedef {object} Entry
 * @property {string} device  its handle
 * @property {number} number  1, 2, 3, … of this device
 * @property {string} scanId
 * @property {number} at  milliseconds by the phone's own clock
 * @property {number | null} offset  the server's clock less the phone's; null: never known
 * @property {"IN" | "OUT" | "UNDO"} kind
 * @property {string} result  lower case, as in answers
 * @property {string} ticket  empty when unknown
 * @property {number} gate  0: none
 * @property {string} how  "CL": camera, by the list
 * @property {string} undoes  scan id, or empty
 */

const FIELDS = 13;
const KINDS = ["IN", "OUT", "UNDO"];

/** @param {Entry} entry @param {Uint8Array<ArrayBuffer>} logKey @returns {Promise<string>} */
export async function written(entry, logKey) {
  const fields = [
    "1", entry.device, entry.number, entry.scanId, entry.at, entry.offset ?? "", entry.kind,
    entry.result.toUpperCase(), entry.ticket, entry.gate, entry.how, entry.undoes,
  ];
  const text = fields.join("/");
  return `${text}/${await hmac(logKey, text)}`;
}

/** @param {string} line @returns {Entry | null} null for what is no line */
export function parsed(line) {
  const fields = line.split("/");
  if (fields.length !== FIELDS || fields[0] !== "1" || !KINDS.includes(fields[6])) return null;
  const [, device, number, scanId, at, offset, kind, result, ticket, gate, how, undoes] = fields;
  const numbers = [number, at, offset || "0", gate].map(Number);
  if (!numbers.every(Number.isSafeInteger) || !device || !scanId) return null;
  return {
    device, scanId, ticket, how, undoes,
    number: numbers[0],
    at: numbers[1],
    offset: offset === "" ? null : numbers[2],
    kind: /** @type {Entry["kind"]} */ (kind),
    result: result.toLowerCase(),
    gate: numbers[3],
  };
}

/** When it happened by the server's clock, as well as one can say here. @param {Entry} entry @param {number} offset */
export function moment(entry, offset) {
  return entry.at + (entry.offset ?? offset);
}
