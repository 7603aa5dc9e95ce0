import assert from "node:assert/strict";
import { test } from "node:test";
import { highest, isNews, wording } from "../../static/js/lib/availability.js";

const words = { ok: "", low: "{n} left", gone: "Sold out" };

test("a row says how many are left only when they are few", () => {
  assert.equal(wording({ id: "a", remaining: 300, state: "ok" }, words), "");
  assert.equal(wording({ id: "a", remaining: 12, state: "low" }, words), "12 left");
  assert.equal(wording({ id: "a", remaining: 0, state: "gone" }, words), "Sold out");
});

test("the most that may be chosen follows what is left, and never takes back a choice", () => {
  assert.equal(highest({ id: "a", remaining: 300, state: "ok" }, 4, 0), 4);
  assert.equal(highest({ id: "a", remaining: 2, state: "low" }, 4, 1), 2);
  assert.equal(highest({ id: "a", remaining: 1, state: "low" }, 4, 3), 3);
});

test("an answer that was overtaken is not shown", () => {
  assert.equal(isNews(null, 7), true);
  assert.equal(isNews(7, 8), true);
  assert.equal(isNews(8, 7), false);
  assert.equal(isNews(8, 8), false);
});
