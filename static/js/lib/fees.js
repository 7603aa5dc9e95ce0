// @ts-check

/** @typedef {{ bps: number, fixed: number, passedOn: boolean }} Terms  basis points, and minor units of each order */

/**
 * What one ticket bought alone costs, and who gets it; as the server counts it, in minor units.
 * @param {number} price @param {Terms} terms
 */
export function split(price, { bps, fixed, passedOn }) {
  if (price <= 0) return { paid: 0, fee: 0, net: 0 };
  const whole = Math.floor((price * bps + 5000) / 10000) + fixed;
  const fee = passedOn ? whole : Math.min(whole, price - 1);
  const paid = passedOn ? price + fee : price;
  return { paid, fee, net: paid - fee };
}

/**
 * What somebody typed, in minor units; null when it is no amount. Takes `24`, `24.50` and `24,50`.
 * @param {string} text @param {number} places  decimals of the currency
 */
export function minorOf(text, places) {
  const found = /^(\d{1,9})(?:[.,](\d{1,3}))?$/.exec(text.trim());
  if (!found) return null;
  const [, units, rest = ""] = found;
  if (/[1-9]/.test(rest.slice(places))) return null;
  return Number(units + rest.slice(0, places).padEnd(places, "0"));
}
