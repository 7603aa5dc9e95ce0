// @ts-check
import { Exchange } from "./exchange.js";
import { DoorAnswer } from "./list_client.js";

/** The sheet about this phone: its gate and name, what it keeps, and the way to other phones. */
export class Phone {
  /** @param {import("./screen.js").Screen} screen @param {import("./door.js").Door} door */
  constructor(screen, door) {
    this.screen = screen;
    this.door = door;
    this.dialog = /** @type {HTMLDialogElement} */ (screen.part("phone"));
    this.gate = /** @type {HTMLSelectElement} */ (screen.part("phone-gate"));
    this.name = /** @type {HTMLInputElement} */ (screen.part("phone-name"));
    this.pin = /** @type {HTMLInputElement} */ (screen.part("phone-pin"));
    this.picture = /** @type {HTMLCanvasElement} */ (screen.part("phone-picture"));
    this.exchange = new Exchange(this.picture, (number, of) => this.#say("picture", { number, of }));
    screen.part("phone-form").addEventListener("submit", (event) => this.#change(event));
    screen.part("phone-show").addEventListener("click", () => this.#show());
    screen.part("phone-end").addEventListener("click", () => this.#end());
    this.dialog.addEventListener("close", () => this.#closed());
  }

  open() {
    const { device } = this.door.me ?? {};
    const head = this.door.list?.known?.head;
    this.screen.part("phone-form").hidden = !device || !head;
    this.screen.part("phone-show").hidden = !device;
    this.screen.part("phone-end").hidden = !device;
    this.screen.part("phone-pin-field").hidden = !head?.pin;
    this.name.value = device?.name ?? "";
    this.pin.value = "";
    this.#fillGates(head?.gates ?? [], device?.gate ?? 0);
    this.kept();
    this.dialog.showModal();
  }

  /** How much this phone holds; told again whenever it has changed. */
  kept() {
    const { list, logbook, me } = this.door;
    const fill = { tickets: list?.rows.size ?? 0, unsent: logbook?.waiting ?? 0 };
    this.#say(me?.device ? "phone-kept" : "phone-none", fill);
  }

  /** @param {{number: number, name: string}[]} gates @param {number} chosen */
  #fillGates(gates, chosen) {
    const every = new Option(this.screen.sentence("every-gate", {}), "0");
    this.gate.replaceChildren(every, ...gates.map(({ number, name }) => new Option(name, String(number))));
    this.gate.value = String(chosen);
  }

  /** @param {Event} event */
  async #change(event) {
    event.preventDefault();
    const changes = { gate: Number(this.gate.value), name: this.name.value.trim(), ...this.#proof() };
    await this.#tried(async () => {
      await this.door.change(changes);
      this.screen.part("gate").textContent = this.gate.selectedOptions[0].text;
      this.dialog.close();
    });
  }

  async #end() {
    await this.#tried(async () => {
      await this.door.end(this.#proof());
      this.dialog.close();
    });
  }

  async #show() {
    const { device, logbook } = this.door;
    const lines = device && logbook ? logbook.newest(device.handle, 90) : [];
    this.picture.hidden = !(await this.exchange.start(lines));
    if (this.picture.hidden) this.#say("picture-none", {});
  }

  /** @param {() => Promise<void>} deed */
  async #tried(deed) {
    try {
      await deed();
    } catch (fault) {
      const wrong = fault instanceof DoorAnswer && fault.code === "wrong_pin";
      this.#say(wrong ? "wrong-pin" : fault instanceof DoorAnswer ? "phone-refused" : "phone-offline", {});
      if (wrong) this.pin.focus();
    }
  }

  #proof() {
    return this.pin.value ? { pin: this.pin.value } : {};
  }

  #closed() {
    this.exchange.stop();
    this.picture.hidden = true;
  }

  /** @param {string} line @param {Record<string, string | number>} fill */
  #say(line, fill) {
    this.screen.part("phone-line").textContent = this.screen.sentence(line, fill);
  }
}
