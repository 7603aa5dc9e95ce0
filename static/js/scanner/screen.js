// @ts-check
import { filled } from "./lib/verdicts.js";

/** @typedef {import("./lib/answers.js").Answer} Answer */
/**
 * @typedef {{code: string, answer: Answer, line: string, fill: Record<string, string | number>, at: string, hold: number,
 *   done: {scanId: string, ticket: string}}} Verdict
 */

const LISTED = 5;

/** An admission may be taken back for this long. Milliseconds. */
const UNDO_FOR = 60_000;

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
    this.#offerCompany(answer.others ?? 0);
    const word = this.part("verdict-face").textContent?.trim();
    this.part("announcer").textContent = [word, who(answer), text].filter(Boolean).join(". ");
  }

  /** The others of the order came in too. @param {number} count */
  companyIsIn(count) {
    this.#offerCompany(0);
    const text = this.sentence(count === 1 ? "company-in-one" : "company-in", { count });
    this.part("verdict-text").textContent = text;
    this.part("announcer").textContent = text;
  }

  /**
   * Adds a line on top of the last verdicts.
   * @param {Verdict} verdict @param {(() => Promise<void>) | null} undo
   */
  list(verdict, undo) {
    const row = document.createElement("li");
    row.className = "scan-last__row";
    row.dataset.result = verdict.answer.result;
    const label = document.createElement("span");
    label.className = "scan-last__who";
    label.textContent = who(verdict.answer);
    const time = document.createElement("time");
    time.textContent = verdict.at;
    row.append(this.#face(verdict.answer.result), label, time);
    if (undo) row.append(this.#undoing(row, undo));
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

  /**
   * Is there a connection, what waits, how old the list is.
   * @param {boolean} online
   * @param {{line: string, fill: Record<string, string | number>}[]} told
   */
  standing(online, told) {
    const sign = this.part("connection");
    const text = told.map(({ line, fill }) => this.sentence(line, fill)).join(" · ");
    sign.dataset.online = String(online);
    if (sign.textContent !== text) sign.textContent = text; // the same words again are not read out
  }

  /** The line in the viewfinder. @param {string} name  of a sentence @param {Record<string, string | number>} [fill] */
  hint(name, fill = {}) {
    this.part("hint").textContent = this.sentence(name, fill);
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

  /** @param {number} others */
  #offerCompany(others) {
    const button = this.part("company");
    button.hidden = others === 0;
    button.textContent = this.sentence(others === 1 ? "company-one" : "company", { count: others });
  }

  /** @param {HTMLElement} row @param {() => Promise<void>} undo */
  #undoing(row, undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "scan-undo";
    button.textContent = this.sentence("undo", {});
    const gone = setTimeout(() => button.remove(), UNDO_FOR);
    button.addEventListener("click", async () => {
      clearTimeout(gone);
      button.disabled = true;
      await undo();
      row.dataset.result = "undone";
      button.replaceWith(this.sentence("undone", {}));
    });
    return button;
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
