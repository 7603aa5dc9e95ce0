import assert from "node:assert/strict";
import { test } from "node:test";
import { clockText, offsetFromHeader, offsetFromPage } from "../../static/js/lib/clock.js";

test("the server's clock is read from the middle of the request, to half a second", () => {
  const noon = Date.parse("2026-11-28T12:00:00Z");
  assert.equal(offsetFromHeader("Sat, 28 Nov 2026 12:00:00 GMT", noon - 5200, noon - 4800), 5500);
});

test("a header that cannot be read says nothing", () => {
  assert.equal(offsetFromHeader(null, 0, 10), null);
  assert.equal(offsetFromHeader("soon", 0, 10), null);
});

test("a page says how late it arrived, and nothing when it carries no time", () => {
  assert.equal(offsetFromPage("2026-11-28T12:00:00+00:00", Date.parse("2026-11-28T11:59:00Z")), 60_000);
  assert.equal(offsetFromPage(undefined, 99), 0);
});

test("time left reads 9:59, 1:00:00 and never less than 0:00", () => {
  assert.equal(clockText(599_000), "9:59");
  assert.equal(clockText(598_001), "9:59");
  assert.equal(clockText(3_600_000), "1:00:00");
  assert.equal(clockText(1), "0:01");
  assert.equal(clockText(-5000), "0:00");
});
