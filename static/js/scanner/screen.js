// @ts-check
import { filled } from "./lib/verdicts.js";

/** @typedef {import("./lib/answers.js").Answer} Answer */
/** @typedef {{code: string, answer: Answer, line: string, fill: Record<string, string | number>, at: string, hold: number}} Verdict */

const LISTED = 5;

/** Everything the page shows. Words and icons stand in the page's templates, translated. */
export class Screen {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.verdict = this.part("verdict");
    this.sentences = /** @type {HTMLTemplateElement} */ (this.part("sentences")).content;
    this.faces = /** @type {HTMLTemplateElement} */ (this.part("faces")).content;
  }

  /** @param {string} name @returns {HTMLElement} */
  part(name) {
    const found = this.root.querySelector(`[data-part="${name}"]`);
    if (!(found instanceof HTMLElement)) throw new Error(`the page has no part "${name}"`);
    return found;
  }

  /** @param {Verdict | null} verdict */
  show(verdict) {
    this.verdict.hidden = !verdict;
    this.part("announcer").textContent = ""; // the same words twice are read twice
    if (!verdict) return;
    const { answer } = verdict;
    const text = this.sentence(verdict.line, verdict.fill);
    this.verdict.dataset.result = answer.result;
    this.part("verdict-face").replaceChildren(this.#face(answer.result));
    this.part("verdict-tier").textContent = answer.tier ?? "";
    this.part("verdict-holder").textContent = answer.holder ?? "";
    this.part("verdict-text").textContent = text;
    const word = this.part("verdict-face").textContent?.trim();
    this.part("announcer").textContent = [word, who(answer), text].filter(Boolean).join(". ");
  }

  /** Adds a line on top of the last verdicts. @param {Verdict} verdict */
  list(verdict) {
    const row = document.createElement("li");
    row.className = "scan-last__row";
    row.dataset.result = verdict.answer.result;
    const label = document.createElement("span");
    label.className = "scan-last__who";
    label.textContent = who(verdict.answer);
    const time = document.createElement("time");
    time.textContent = verdict.at;
    row.append(this.#face(verdict.answer.result), label, time);
    const last = this.part("last");
    last.prepend(row);
    while (last.children.length > LISTED) last.lastElementChild?.remove();
    this.part("last-empty").hidden = true;
  }

  /** @param {{admitted: number, expected: number}} counts */
  count({ admitted, expected }) {
    this.part("admitted").textContent = String(admitted);
    this.part("expected").textContent = String(expected);
  }

  /** @param {boolean} online */
  connection(online) {
    const sign = this.part("connection");
    sign.dataset.online = String(online);
    sign.textContent = this.sentence(online ? "online" : "offline", {});
  }

  /** The line in the viewfinder. @param {string} name  of a sentence */
  hint(name) {
    this.part("hint").textContent = this.sentence(name, {});
  }

  /**
   * The sentence of this name, its gaps filled.
   * @param {string} name
   * @param {Record<string, string | number>} fill
   */
  sentence(name, fill) {
    const found = this.sentences.querySelector(`[data-sentence="${CSS.escape(name)}"]`);
    return filled(found?.textContent?.trim() ?? "", fill);
  }

  /** Icon and word of a result. @param {string} result */
  #face(result) {
    const found = this.faces.querySelector(`[data-face="${CSS.escape(result)}"]`);
    const copy = document.createDocumentFragment();
    for (const node of found?.childNodes ?? []) copy.append(document.importNode(node, true));
    return copy;
  }
}

/** @param {Answer} answer */
function who({ tier, holder }) {
  return [tier, holder].filter(Boolean).join(" · ");
}
