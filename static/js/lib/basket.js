// @ts-check

/** @typedef {{ price: number, count: number }} Pick  in minor units */

/**
 * How many tickets are chosen and what they cost together.
 * @param {Pick[]} picks
 */
export function basket(picks) {
  return {
    count: picks.reduce((sum, { count }) => sum + count, 0),
    minor: picks.reduce((sum, { price, count }) => sum + price * count, 0),
  };
}

/**
 * An amount as the server writes it: `€45.00`.
 * @param {number} minor @param {string} currency @param {string} language
 */
export function moneyText(minor, currency, language) {
  const format = new Intl.NumberFormat(language === "en" ? "en-GB" : language, { style: "currency", currency });
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}
