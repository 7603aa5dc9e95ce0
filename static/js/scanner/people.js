// @ts-check
import { DoorAnswer } from "./list_client.js";

const SHORTEST = 3;
const PAUSE = 250;

/** Finding a guest by name. The server looks; it shows what door staff may see and no more. */
export class People {
  /**
   * @param {import("./screen.js").Screen} screen
   * @param {(name: string) => Promise<{items: any[], more: boolean}>} ask
   * @param {(ticket: string) => void} chosen
   */
  constructor(screen, ask, chosen) {
    this.screen = screen;
    this.ask = ask;
    this.chosen = chosen;
    this.dialog = /** @type {HTMLDialogElement} */ (screen.part("people"));
    this.field = /** @type {HTMLInputElement} */ (screen.part("people-name"));
    this.found = screen.part("people-found");
    this.timer = 0;
    this.turn = 0;
    this.field.addEventListener("input", () => this.#soon());
    screen.part("people-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#look();
    });
  }

  open() {
    this.field.value = "";
    this.found.replaceChildren();
    this.#say("people-how");
    this.dialog.showModal();
  }

  #soon() {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.#look(), PAUSE);
  }

  async #look() {
    clearTimeout(this.timer);
    const name = this.field.value.trim();
    const turn = ++this.turn;
    if (name.length < SHORTEST) return this.#show([], "people-how");
    try {
      const { items, more } = await this.ask(name);
      if (turn === this.turn) this.#show(items, items.length === 0 ? "people-none" : more ? "people-more" : "");
    } catch (fault) {
      if (turn === this.turn) this.#show([], fault instanceof DoorAnswer && fault.status === 429 ? "unchecked-slow" : "people-offline");
    }
  }

  /** @param {any[]} items @param {string} line */
  #show(items, line) {
    this.found.replaceChildren(...items.map((item) => this.#row(item)));
    this.#say(line);
  }

  /** `state`: one letter, as in the list. @param {{ticket: string, holder: string | null, tier: string, state: string}} item */
  #row({ ticket, holder, tier, state }) {
    const row = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    const name = document.createElement("strong");
    name.textContent = holder || ticket;
    const about = document.createElement("span");
    about.textContent = [tier, state === "v" ? "" : this.screen.sentence(`state-${state}`, {})].filter(Boolean).join(" · ");
    button.append(name, about);
    button.addEventListener("click", () => {
      this.dialog.close();
      this.chosen(ticket);
    });
    row.append(button);
    return row;
  }

  /** @param {string} line */
  #say(line) {
    this.screen.part("people-line").textContent = line ? this.screen.sentence(line, {}) : "";
  }
}
