/* Just enough colour science to measure our own styles. Source: Björn Ottosson's Oklab; WCAG 2.2, relative luminance. */

/** @param {number} lightness @param {number} chroma @param {number} hue  degrees @returns {number[]} linear sRGB, unclipped */
export function linear(lightness, chroma, hue) {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

/** @param {number[]} rgb */
export function luminance(rgb) {
  const [r, g, b] = rgb.map((part) => Math.min(1, Math.max(0, part)));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** @param {number[]} one @param {number[]} other  oklch triples */
export function contrast(one, other) {
  const [low, high] = [luminance(linear(...one)), luminance(linear(...other))].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}
