import assert from "node:assert/strict";
import { test } from "node:test";
import { Countdown } from "../../static/js/lib/countdown.js";

const MINUTE = 60_000;
const ten = () => new Countdown(0, 10 * MINUTE);

test("a hold of ten minutes starts full and ends at the server's deadline", () => {
  const countdown = ten();
  assert.deepEqual(countdown.at(0), { over: false, text: "10:00", share: 1, urgency: "", say: null });
  assert.deepEqual(countdown.at(10 * MINUTE), { over: true, text: "0:00", share: 0, urgency: "now", say: null });
});

test("five, two and one minutes are said once each, as they pass", () => {
  const countdown = ten();
  const said = [];
  for (let now = 0; now <= 10 * MINUTE; now += 1000) {
    const { say } = countdown.at(now);
    if (say) said.push([say, now / MINUTE]);
  }
  assert.deepEqual(said, [[5, 5], [2, 8], [1, 9]]);
});

test("a page opened late says nothing that passed before", () => {
  assert.equal(ten().at(8.5 * MINUTE).say, null);
});

test("after a long sleep only the nearest threshold is said", () => {
  const countdown = ten();
  countdown.at(0);
  assert.equal(countdown.at(9.5 * MINUTE).say, 1);
});

test("three minutes are soon and one is now", () => {
  const countdown = ten();
  assert.equal(countdown.at(7 * MINUTE - 1).urgency, "");
  assert.equal(countdown.at(7 * MINUTE).urgency, "soon");
  assert.equal(countdown.at(9 * MINUTE).urgency, "now");
});

test("a clock that runs behind the start shows a full bar and not more", () => {
  assert.equal(ten().at(-5000).share, 1);
});
