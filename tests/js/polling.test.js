import assert from "node:assert/strict";
import { test } from "node:test";
import { jittered, pause } from "../../static/js/lib/polling.js";

test("browsers spread over half the interval", () => {
  assert.equal(jittered(4000, 0), 3000);
  assert.equal(jittered(4000, 0.5), 4000);
  assert.equal(jittered(4000, 1), 5000);
});

test("each failure in a row doubles the pause, up to a minute", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 9].map((n) => pause(4000, n)), [4000, 8000, 16_000, 32_000, 60_000, 60_000]);
});

test("an interval above a minute stays as it is", () => {
  assert.equal(pause(90_000, 0), 90_000);
});

test("the server may ask for a longer pause, not for a shorter one", () => {
  assert.equal(pause(4000, 0, 30), 30_000);
  assert.equal(pause(4000, 0, 1), 4000);
});
