import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { contrast, linear } from "./oklch.js";

const css = (name) => readFileSync(new URL(`../../static/css/${name}`, import.meta.url), "utf8");
const tokens = css("tokens.css");

/** Each hue's own numbers, { h, l, c, c1, c2 }, with the house hue of :root. */
const hues = [...css("hues.css").matchAll(/\[data-hue="\d+"\] \{([^}]*)\}/g), tokens.match(/:root \{\s*color-scheme[^;]*;([^]*?)--paper/)].map(([, body]) =>
  Object.fromEntries([...body.matchAll(/--(\w+): ([\d.]+)/g)].map(([, name, value]) => [name, Number(value)])),
);

/** A token's colour in one theme, for one hue, as an oklch triple. */
function colour(name, theme, hue) {
  const value = tokens.match(new RegExp(`--${name}: ([^;]+);`))[1];
  const plain = value
    .replace(/var\(--(\w+)\)/g, (_, key) => String(hue[key]))
    .replace(/calc\(([\d.]+) ([+-]) ([\d.]+)\)/g, (_, x, sign, y) => String(Number(x) + (sign === "+" ? 1 : -1) * Number(y)));
  const both = [...plain.matchAll(/oklch\(([^()]*)\)/g)].map(([, inside]) => inside);
  return (theme === "dark" ? both.at(-1) : both[0]).split(/\s+/).map(Number);
}

function assertReads(text, ground, least, hue) {
  for (const theme of ["light", "dark"]) {
    const ratio = contrast(colour(text, theme, hue), colour(ground, theme, hue));
    assert.ok(ratio >= least, `--${text} on --${ground}, ${theme}, hue ${hue.h}: ${ratio.toFixed(2)} < ${least}`);
  }
}

test("there is a rule for every hue an event may have, and one for the house", () => {
  assert.deepEqual(hues.map(({ h }) => h), [...Array.from({ length: 36 }, (_, i) => i * 10), 40]);
});

test("accent text reads on paper, on sheets and on its own soft ground", () => {
  for (const hue of hues) for (const ground of ["paper", "sheet", "accent-soft"]) assertReads("accent-text", ground, 4.5, hue);
});

test("the words on a button and on a poster read on every accent", () => {
  for (const hue of hues) {
    assertReads("accent-ink", "accent", 4.5, hue);
    assertReads("accent-ink", "accent-strong", 4.5, hue);
    assertReads("accent-ink", "accent-pale", 4.5, hue);
    assertReads("accent-pale", "accent-deep", 4.5, hue);
  }
});

test("ink, quiet ink and the colours of states read on their grounds", () => {
  const pairs = [["ink", "paper"], ["ink", "sheet"], ["ink", "sunk"], ["ink-2", "paper"], ["ink-2", "sheet"], ["ink-2", "sunk"]];
  for (const state of ["good", "warn", "bad"]) pairs.push([state, `${state}-soft`], [state, "paper"], [state, "sheet"], ["ink", `${state}-soft`]);
  for (const [text, ground] of pairs) assertReads(text, ground, 4.5, hues[0]);
});

test("edges of fields and the focus ring stand out", () => {
  for (const ground of ["paper", "sheet"]) {
    assertReads("edge", ground, 3, hues[0]);
    assertReads("focus", ground, 3, hues[0]);
  }
});

test("accents lie inside what every screen can show", () => {
  for (const hue of hues) {
    for (const [name, theme] of [["accent", "light"], ["accent-text", "light"], ["accent-text", "dark"]]) {
      for (const part of linear(...colour(name, theme, hue))) assert.ok(part > -0.005 && part < 1.005, `--${name} ${theme} hue ${hue.h}: ${part}`);
    }
  }
});
