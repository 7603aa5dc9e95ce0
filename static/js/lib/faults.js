// @ts-check
/* What the server says is wrong with a form, at its fields: as a page drawn by it would show it. */

/**
 * Shows these faults and takes those away that are mended. Nothing new is said of a field that
 * somebody is still typing in.
 * @param {HTMLFormElement} form  with a template[data-fault]: a sentence, `[data-words]` its place
 * @param {Record<string, string[]>} faults  by the names of fields
 */
export function showFaults(form, faults) {
  const marked = [...form.querySelectorAll(".error[id$='-error']")].map((found) => found.id.slice(0, -"-error".length));
  for (const name of new Set([...marked, ...Object.keys(faults)])) {
    const place = placeOf(form, name);
    const isNews = !document.getElementById(`${name}-error`);
    if (!place || (isNews && place.contains(document.activeElement))) continue;
    mark(form, place, name, (faults[name] ?? []).join(" "));
  }
}

/** @param {HTMLFormElement} form @param {string} name */
function placeOf(form, name) {
  const found = form.elements.namedItem(name);
  const field = found instanceof RadioNodeList ? found[0] : found;
  return field instanceof Element ? field.closest(".field") : null;
}

/** @param {HTMLFormElement} form @param {Element} place @param {string} name @param {string} words */
function mark(form, place, name, words) {
  const id = `${name}-error`;
  const said = document.getElementById(id);
  if (words && said?.textContent?.trim() === words) return;
  said?.remove();
  const field = place.matches("fieldset") ? place : document.getElementById(name);
  const others = (field?.getAttribute("aria-describedby") ?? "").split(" ").filter((other) => other && other !== id);
  if (words) place.append(sentence(form, id, words));
  field?.setAttribute("aria-describedby", [...others, ...(words ? [id] : [])].join(" "));
  if (field instanceof HTMLFieldSetElement) return;
  if (words) field?.setAttribute("aria-invalid", "true");
  else field?.removeAttribute("aria-invalid");
}

/** @param {HTMLFormElement} form @param {string} id @param {string} words */
function sentence(form, id, words) {
  const template = /** @type {HTMLTemplateElement} */ (form.querySelector("template[data-fault]"));
  const made = /** @type {Element} */ (template.content.firstElementChild?.cloneNode(true));
  made.id = id;
  made.querySelector("[data-words]")?.append(words);
  return made;
}
