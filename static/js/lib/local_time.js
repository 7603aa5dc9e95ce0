// @ts-check

/**
 * A moment as it is where the reader is, or nothing where that is no news.
 * @param {Date} at @param {string} there  the zone of the place
 * @param {string} here  the reader's zone @param {string} language
 */
export function timeHere(at, there, here, language) {
  /** @param {string} timeZone */
  const in_ = (timeZone) => at.toLocaleString(language === "en" ? "en-GB" : language, { timeZone, weekday: "short", hour: "2-digit", minute: "2-digit" });
  return in_(there) === in_(here) ? "" : in_(here);
}
