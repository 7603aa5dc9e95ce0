import assert from "node:assert/strict";
import { test } from "node:test";

import { rhythm, wording } from "../../static/js/lib/place.js";

const WORDS = { next: "You are next.", one: "1 person is ahead of you.", many: "{n} people are ahead of you." };

test("a place says how many are ahead", () => {
  assert.equal(wording(0, WORDS), "You are next.");
  assert.equal(wording(1, WORDS), "1 person is ahead of you.");
  assert.equal(wording(12, WORDS), "12 people are ahead of you.");
});

test("a page looks often near the head and seldom far behind it", () => {
  assert.equal(rhythm(0), 3_000);
  assert.equal(rhythm(null), 3_000);
  assert.equal(rhythm(10), 5_000);
  assert.equal(rhythm(50_000), 30_000);
});
