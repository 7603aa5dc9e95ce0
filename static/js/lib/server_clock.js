// @ts-check
import { offsetFromHeader, offsetFromPage } from "./clock.js";

const arrived = performance.timeOrigin + (/** @type {any} */ (performance.getEntriesByType("navigation")[0])?.responseStart ?? 0);
let offset = offsetFromPage(document.querySelector('meta[name="server-time"]')?.getAttribute("content"), arrived);

/** The server's time, by the page or by the last answer that was heard. */
export function serverNow() {
  return Date.now() + offset;
}

/** A page that comes from the browser's store carries an old time: ask again. */
export async function settle() {
  const sent = Date.now();
  const answer = await fetch(location.href, { method: "HEAD", cache: "no-store" }).catch(() => null);
  offset = (answer && offsetFromHeader(answer.headers.get("date"), sent, Date.now())) ?? offset;
}

/** @type {any} */
const [navigation] = performance.getEntriesByType("navigation");
if (navigation?.type === "back_forward" || navigation?.transferSize === 0) settle();
addEventListener("pageshow", (event) => event.persisted && settle());
