// @ts-check

/** @type {Intl.DateTimeFormatOptions} */
const SHORT = { weekday: "short", hour: "2-digit", minute: "2-digit" };

/** @param {string} language */
function tongue(language) {
  return language === "en" ? "en-GB" : language;
}

/** Weekday and time where the reader is. @param {number} at  milliseconds @param {string} language */
export function momentHere(at, language) {
  return new Date(at).toLocaleString(tongue(language), SHORT);
}

/**
 * A moment as it is where the reader is, or nothing where that is no news.
 * @param {Date} at @param {string} there  the zone of the place
 * @param {string} here  the reader's zone @param {string} language
 */
export function timeHere(at, there, here, language) {
  /** @param {string} timeZone */
  const in_ = (timeZone) => at.toLocaleString(tongue(language), { ...SHORT, timeZone });
  return in_(there) === in_(here) ? "" : in_(here);
}
