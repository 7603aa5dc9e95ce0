// @ts-check

/** The share of width and height that a close look takes from the middle. */
const CLOSE = 0.6;

/**
 * Which part of the picture to read: the whole of it and its middle in turns. The middle finds
 * small codes held still in the frame, the whole finds those at the edge.
 *
 * @param {number} turn  counts up with every frame
 * @param {number} width
 * @param {number} height
 * @returns {{x: number, y: number, width: number, height: number}}
 */
export function region(turn, width, height) {
  if (turn % 2 === 0) return { x: 0, y: 0, width, height };
  const w = Math.round(width * CLOSE);
  const h = Math.round(height * CLOSE);
  return { x: Math.round((width - w) / 2), y: Math.round((height - h) / 2), width: w, height: h };
}
