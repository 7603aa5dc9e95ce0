// @ts-check
/* Binds each element with data-controller="name other" to its classes. Pages work without this. */

/** @type {Record<string, () => Promise<{ default: new (element: any) => { start?: () => void, stop?: () => void } }>>} */
const controllers = {
  autosave: () => import("./controllers/autosave.js"),
  availability: () => import("./controllers/availability.js"),
  basket: () => import("./controllers/basket.js"),
  confirm: () => import("./controllers/confirm.js"),
  copy: () => import("./controllers/copy.js"),
  countdown: () => import("./controllers/countdown.js"),
  dialog: () => import("./controllers/dialog.js"),
  fees: () => import("./controllers/fees.js"),
  figures: () => import("./controllers/figures.js"),
  flash: () => import("./controllers/flash.js"),
  focus: () => import("./controllers/focus.js"),
  fragment: () => import("./controllers/fragment.js"),
  "kept-ticket": () => import("./controllers/kept_ticket.js"),
  "local-time": () => import("./controllers/local_time.js"),
  menu: () => import("./controllers/menu.js"),
  place: () => import("./controllers/place.js"),
  preview: () => import("./controllers/preview.js"),
  "rotating-code": () => import("./controllers/rotating_code.js"),
  stepper: () => import("./controllers/stepper.js"),
  "submit-once": () => import("./controllers/submit_once.js"),
  theme: () => import("./controllers/theme.js"),
  unsaved: () => import("./controllers/unsaved.js"),
  "wake-lock": () => import("./controllers/wake_lock.js"),
};

/** @type {WeakMap<Element, Map<string, { stop?: () => void }>>} */
const bound = new WeakMap();

/** @param {Element} element @param {string} name */
async function bind(element, name) {
  const load = controllers[name];
  const own = bound.get(element) ?? new Map();
  if (!load || own.has(name)) return;
  bound.set(element, own.set(name, {}));
  const { default: Controller } = await load();
  if (!element.isConnected) return;
  const controller = new Controller(element);
  own.set(name, controller);
  controller.start?.();
}

/** @param {ParentNode & Node} root @param {(element: HTMLElement) => void} visit */
function each(root, visit) {
  if (root instanceof HTMLElement && root.dataset.controller) visit(root);
  /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-controller]")).forEach(visit);
}

/** @param {HTMLElement} element */
function bindAll(element) {
  for (const name of (element.dataset.controller ?? "").split(/\s+/)) bind(element, name);
}

/** @param {HTMLElement} element */
function release(element) {
  bound.get(element)?.forEach((controller) => controller.stop?.());
  bound.delete(element);
}

each(document, bindAll);
new MutationObserver((changes) => {
  for (const { removedNodes, addedNodes } of changes) {
    removedNodes.forEach((node) => node instanceof Element && !node.isConnected && each(node, release));
    addedNodes.forEach((node) => node instanceof Element && each(node, bindAll));
  }
}).observe(document.body, { childList: true, subtree: true });

/** Caches with one person's ticket pages begin so: js/tickets/service_worker.js. */
const TICKETS_OF = "tixapp-tickets~";

/** Tickets that were kept on this device stay for the person who is signed in. @param {string} [person] */
async function forgetOthers(person) {
  if (person === undefined || !("caches" in window)) return;
  for (const name of await caches.keys()) {
    if (name.startsWith(TICKETS_OF) && name !== TICKETS_OF + person) await caches.delete(name);
  }
}

void forgetOthers(document.body.dataset.person);
document.addEventListener("submit", ({ target }) => target instanceof Element && target.matches("[data-signs-out]") && forgetOthers(""));
