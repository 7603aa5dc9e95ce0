import assert from "node:assert/strict";
import { test } from "node:test";
import { timeHere } from "../../static/js/lib/local_time.js";

const at = new Date("2026-11-22T16:00:00Z");

test("a reader elsewhere is told their own time", () => {
  assert.equal(timeHere(at, "America/Chicago", "Europe/Berlin", "en"), "Sun 17:00");
});

test("a reader in the same time is told nothing", () => {
  assert.equal(timeHere(at, "Europe/Zurich", "Europe/Berlin", "en"), "");
});
