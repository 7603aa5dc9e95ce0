import assert from "node:assert/strict";
import { test } from "node:test";
import { stepped } from "../../static/js/lib/stepper.js";

test("a step stays inside its bounds", () => {
  assert.equal(stepped("1", 1, 0, 4), 2);
  assert.equal(stepped("4", 1, 0, 4), 4);
  assert.equal(stepped("0", -1, 0, 4), 0);
});

test("a field that was emptied counts from the lowest", () => {
  assert.equal(stepped("", 1, 0, 4), 1);
  assert.equal(stepped("", -1, 1, 4), 1);
});
