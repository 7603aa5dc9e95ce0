import assert from "node:assert/strict";
import { test } from "node:test";
import { toPutBack, unsaved } from "../../static/js/lib/unsaved.js";

const SAVED = { name: "Night Trains", description: "Loud.\nLong.", ends_at: "" };

test("what differs from what is saved is unsaved, but for the marks of lines", () => {
  const typed = { name: "Late Trains", description: "Loud.\r\nLong.", ends_at: "soon", csrf_token: "x" };
  assert.deepEqual(unsaved(typed, SAVED), { name: "Late Trains", ends_at: "soon" });
  assert.deepEqual(unsaved(SAVED, SAVED), {});
});

test("after a reload it is put back", () => {
  const kept = { version: "3", sent: false, values: { ends_at: "soon" } };
  assert.deepEqual(toPutBack(kept, "3", SAVED, SAVED), { ends_at: "soon" });
});

test("what was sent and has arrived is not put back, and what was sent in vain is", () => {
  const kept = { version: "3", sent: true, values: { name: " Late  Trains " } };
  assert.deepEqual(toPutBack(kept, "4", SAVED, SAVED), {});
  assert.deepEqual(toPutBack(kept, "3", SAVED, SAVED), { name: " Late  Trains " });
});

test("nothing is put over what stands in the form and is not saved either", () => {
  const kept = { version: "3", sent: false, values: { name: "Late Trains", ends_at: "soon" } };
  const typed = { ...SAVED, name: "Early Trains" };
  assert.deepEqual(toPutBack(kept, "3", typed, SAVED), { ends_at: "soon" });
});
