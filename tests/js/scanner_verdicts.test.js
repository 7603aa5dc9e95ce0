// What the server answers becomes what the door sees. Only a proper "admitted" opens it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RESULTS, answerFrom, unchecked } from "../../static/js/scanner/lib/answers.js";
import { Board } from "../../static/js/scanner/lib/board.js";
import { venueClock } from "../../static/js/scanner/lib/moments.js";
import { detail, filled, manner } from "../../static/js/scanner/lib/verdicts.js";

const clock = (iso) => iso.slice(11, 16);

test("each answer of the server is taken as it is", () => {
  for (const result of RESULTS) {
    const body = { result, tier: "Floor", holder: null };
    assert.deepEqual(answerFrom(200, body), body);
  }
});

test("anything but a proper answer is unchecked", () => {
  for (const body of [null, "admitted", [], {}, { result: "ADMITTED" }, { result: "ok" }, { result: ["admitted"] }, 1]) {
    assert.deepEqual(answerFrom(200, body), { result: "unchecked", reason: "server" });
  }
});

test("a proper word under another status does not admit", () => {
  for (const status of [201, 204, 302, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503]) {
    assert.equal(answerFrom(status, { result: "admitted" }).result, "unchecked");
  }
});

test("the reason says what to do", () => {
  const reasons = [0, 400, 401, 403, 404, 429, 500, 503].map((status) => answerFrom(status, null).reason);
  assert.deepEqual(reasons, ["signed_out", "stale", "signed_out", "stale", "not_yours", "slow", "server", "server"]);
});

test("only coming in and going out sound like yes", () => {
  const tones = Object.fromEntries([...RESULTS, "unchecked", "odd"].map((result) => [result, manner({ result }).tone]));
  assert.deepEqual(tones, {
    admitted: "yes",
    already_used: "no",
    refunded: "no",
    cancelled: "no",
    transferred: "no",
    unknown: "no",
    wrong_event: "elsewhere",
    wrong_gate: "elsewhere",
    not_inside: "elsewhere",
    unlisted: "elsewhere",
    left: "yes",
    unchecked: "unsure",
    odd: "unsure",
  });
});

test("a used ticket says when and at which gate", () => {
  const answer = { result: "already_used", used_at: "2026-11-20T19:14:00Z", gate: "North", checked_at: "2026-11-20T20:00:00Z" };
  assert.deepEqual(detail(answer, clock), { line: "used-at-gate", fill: { time: "19:14", gate: "North" } });
  assert.equal(detail({ ...answer, gate: null }, clock).line, "used-at");
  assert.deepEqual(detail({ result: "already_used" }, clock), { line: "already_used", fill: {} });
});

test("a ticket used moments ago says how many seconds, by the server's clock", () => {
  const answer = { result: "already_used", used_at: "2026-11-20T19:14:00Z", gate: "North" };
  const { line, fill } = detail({ ...answer, checked_at: "2026-11-20T19:14:08.2Z" }, clock);
  assert.deepEqual([line, fill.seconds], ["used-just-now", 8]);
  assert.equal(detail({ ...answer, checked_at: "2026-11-20T19:16:00Z" }, clock).line, "used-at-gate");
  assert.equal(detail({ ...answer, checked_at: "2026-11-20T19:13:00Z" }, clock).line, "used-at-gate");
});

test("an unchecked code says why", () => {
  assert.equal(detail(unchecked("offline"), clock).line, "unchecked-offline");
});

test("gaps in a sentence are filled, and only those that are known", () => {
  assert.equal(filled("Used at {time}, {gate}. {odd}", { time: "20:14", gate: "{time}" }), "Used at 20:14, {time}. {odd}");
});

test("the venue's wall clock is shown, with the day when it was another day", () => {
  const at = (iso) => () => Date.parse(iso);
  const berlin = venueClock("Europe/Berlin", "en", at("2026-11-20T22:00:00Z"));
  assert.equal(berlin("2026-11-20T19:14:00Z"), "20:14");
  assert.equal(berlin("2026-11-19T19:14:00Z"), "19 Nov, 20:14");
  assert.equal(berlin("nonsense"), "");
  assert.equal(venueClock("Europe/Berlin", "de", at("2026-11-20T22:00:00Z"))("2026-11-19T19:14:00Z"), "19. Nov., 20:14");
});

test("a verdict leaves by itself", () => {
  const board = new Board();
  board.add({ hold: 1800 }, 0);
  assert.equal(board.wait(0), 1800);
  assert.notEqual(board.tick(1799), null);
  assert.equal(board.tick(1800), null);
  assert.equal(board.wait(1800), null);
});

test("a verdict makes room for the next after one second, not before", () => {
  const board = new Board();
  const first = { hold: 4000 };
  const second = { hold: 4000 };
  board.add(first, 0);
  board.add(second, 200);
  assert.equal(board.tick(999), first);
  assert.equal(board.wait(999), 1);
  assert.equal(board.tick(1000), second);
  assert.equal(board.tick(4999), second);
  assert.equal(board.tick(5000), null);
});

test("a tap clears the verdict and shows the next", () => {
  const board = new Board();
  const second = { hold: 1800 };
  board.add({ hold: 1800 }, 0);
  board.add(second, 10);
  assert.equal(board.dismiss(50), second);
  assert.equal(board.dismiss(60), null);
});
