// @ts-check
import { fromBase64Url, hex, utf8 } from "./lib/bytes.js";
import { signedBy } from "./lib/signatures.js";

/** @typedef {import("./lib/ticket_list.js").Page} Page */

/** A list of 50,000 over a slow line takes a while; a line that is dead does not. Milliseconds for each page. */
const PATIENCE = 30_000;
const MOST_PAGES = 200;

/** What the server sent is not a list of this event that one of its keys has signed. */
export class NotTheList extends Error {}

/**
 * Fetches the list, or what has changed of it.
 *
 * @param {string} url
 * @param {{event: string, since: string | null, keys: string[]}} wanted
 * @returns {Promise<Page[]>}
 * @throws {NotTheList}, or TypeError without a connection, or DoorAnswer for another status
 */
export async function fetchList(url, { event, since, keys }) {
  /** @type {Page[]} */
  const pages = [];
  for (let more = null; pages.length < MOST_PAGES; ) {
    const query = new URLSearchParams({ ...(since && { since }), ...(more && { more }) });
    const page = await fetchPage(`${url}?${query}`, event, keys);
    pages.push(page);
    more = page.more;
    if (!more) return pages;
  }
  throw new NotTheList("it does not end");
}

/** @param {string} url @param {string} event @param {string[]} keys @returns {Promise<Page>} */
async function fetchPage(url, event, keys) {
  const response = await fetch(url, {
    headers: { Accept: "application/json" },
    cache: "no-cache",
    redirect: "manual",
    signal: AbortSignal.timeout(PATIENCE),
  });
  if (!response.ok) throw new DoorAnswer(response.status);
  const body = await response.text();
  const signature = response.headers.get("Door-Signature") ?? "";
  if (!(await isSigned(body, signature, event, keys))) throw new NotTheList("the signature is wrong");
  const page = JSON.parse(body);
  if (page.v !== 1 || page.event !== event || !Array.isArray(page.rows)) throw new NotTheList("another kind of list");
  return page;
}

/** @param {string} body @param {string} signature @param {string} event @param {string[]} keys */
async function isSigned(body, signature, event, keys) {
  const digest = hex(await crypto.subtle.digest("SHA-256", utf8(body)));
  return (await signedBy(keys, fromBase64Url(signature), `tixapp.door.list.1:${event}:${digest}`)) >= 0;
}

/** The server answered, and it was no. */
export class DoorAnswer extends Error {
  /** @param {number} status  0: a way to the sign-in page @param {string} [code] */
  constructor(status, code = "") {
    super(`${status} ${code}`);
    this.status = status;
    this.code = code;
  }
}
