// @ts-check

/** The log on its way from phone to phone: pictures of a few lines each. Docs/door.md, section 7. */

/** As many characters as a QR code of version 20 and level L takes in its alphanumeric mode. */
const ROOM = 1249;
const FRAME = /^D1:(\d{1,3})\/(\d{1,3}):([0-9A-Z $%*+\-./:]*)$/;

/** @param {string[]} lines @returns {string[]} what each picture says */
export function frames(lines) {
  const room = ROOM - "D1:999/999:".length;
  /** @type {string[]} */
  const bundles = [];
  for (const line of lines) {
    const last = bundles[bundles.length - 1];
    if (last !== undefined && last.length + 1 + line.length <= room) bundles[bundles.length - 1] = `${last} ${line}`;
    else bundles.push(line);
  }
  return bundles.map((bundle, at) => `D1:${at + 1}/${bundles.length}:${bundle}`);
}

/** @param {string} text @returns {{number: number, of: number, lines: string[]} | null} */
export function frame(text) {
  const found = FRAME.exec(text);
  if (!found) return null;
  return { number: Number(found[1]), of: Number(found[2]), lines: found[3].split(" ").filter(Boolean) };
}
