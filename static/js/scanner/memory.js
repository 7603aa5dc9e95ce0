// @ts-check

/** What this phone remembers. Where the browser keeps nothing, it forgets, and nothing else breaks. */
export const memory = {
  /** @param {string} name @returns {string | null} */
  recall(name) {
    try {
      return localStorage.getItem(`scanner.${name}`);
    } catch {
      return null;
    }
  },

  /** @param {string} name @param {string} value */
  keep(name, value) {
    try {
      localStorage.setItem(`scanner.${name}`, value);
    } catch {
      // Private windows refuse; the choice then lasts as long as the page.
    }
  },
};
