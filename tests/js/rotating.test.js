// A ticket's code that changes: the same as the server makes (tests/unit/test_rotating_codes.py).
import assert from "node:assert/strict";
import { test } from "node:test";
import { pathOf, RotatingCode, untilNext } from "../../static/js/lib/rotating.js";

const SECRET = { ticket: "MFRGGZDFMZTWQ", opener: "H2QSFTUZCTRHJBQS", macKey: "YE8YjeItA8N6ggpaLItqeA" };
const AT = 119680056 * 15_000;

test("the code is the server's for all of its fifteen seconds and another one after them", async () => {
  const code = new RotatingCode(SECRET);
  const expected = "RMFRGGZDFMZTWQ.H2QSFTUZCTRHJBQS4OR73MHV3E3CWIHX";
  assert.equal(await code.at(AT), expected);
  assert.equal(await code.at(AT + 14_999), expected);
  assert.notEqual(await code.at(AT + 15_000), expected);
});

test("the next one is drawn when this one is over", () => {
  assert.equal(untilNext(AT), 15_000);
  assert.equal(untilNext(AT + 14_999), 1);
});

test("dark modules are drawn and light ones are not", () => {
  assert.equal(pathOf([[true, false], [false, true]]), "M0,0h1v1h-1zM1,1h1v1h-1z");
});
