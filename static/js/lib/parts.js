// @ts-check
/* Parts of a page that are drawn anew: elements with data-part, by their names. */

/**
 * Brings `place` to what `html` says, part by part. Where the parts are others, all of it is
 * replaced, unless somebody is at something in it: then the next time.
 * @param {Element} place @param {string} html
 * @returns {boolean} whether it shows `html` now
 */
export function showParts(place, html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").body;
  const old = partsOf(place);
  const drawn = partsOf(fresh);
  if ([...old.keys()].join() !== [...drawn.keys()].join()) {
    if (place.contains(document.activeElement)) return false;
    place.replaceChildren(...fresh.childNodes);
    return true;
  }
  for (const [name, part] of drawn) {
    const shown = old.get(name);
    if (shown && shown.innerHTML !== part.innerHTML) shown.replaceChildren(...part.childNodes);
  }
  return true;
}

/**
 * Draws those parts of the whole page anew that `html` has, but for one that somebody is at.
 * @param {string} html
 */
export function showNews(html) {
  const shown = partsOf(document.body);
  for (const [name, part] of partsOf(new DOMParser().parseFromString(html, "text/html").body)) {
    const old = shown.get(name);
    if (!old || old.contains(document.activeElement) || old.innerHTML === part.innerHTML) continue;
    old.replaceChildren(...part.childNodes);
  }
}

/** @param {Element} root @returns {Map<string, Element>} */
function partsOf(root) {
  const found = [...root.querySelectorAll("[data-part]")];
  return new Map(found.map((part) => [part.getAttribute("data-part") ?? "", part]));
}
