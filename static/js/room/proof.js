// @ts-check
/* Computes one's own key again, from what is on the page. */
import { fromHex, keyOf } from "./lib/key.js";

const section = /** @type {HTMLElement} */ (document.querySelector("[data-proof]"));
const { salt = "", eid = "", key = "", same = "", other = "" } = section.dataset;
const verdict = /** @type {HTMLElement} */ (section.querySelector("[data-verdict]"));
const isSame = keyOf(fromHex(salt), fromHex(eid)) === key;
verdict.textContent = isSame ? same : other;
verdict.dataset.tone = isSame ? "good" : "bad";
verdict.hidden = false;
