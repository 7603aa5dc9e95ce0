// What a phone decides by itself, from its list, its log, and what other phones have shown it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { judged } from "../../static/js/scanner/lib/judge.js";
import { frame, frames } from "../../static/js/scanner/lib/exchange.js";
import { Logbook } from "../../static/js/scanner/lib/logbook.js";
import { TicketList } from "../../static/js/scanner/lib/ticket_list.js";
import { Wedge } from "../../static/js/scanner/lib/wedge.js";

const T = "MFRGGZDFMZTWQ";
const RULES = {
  entry: "single",
  tiers: ["Floor", "Balcony"],
  gates: [{ number: 1, name: "North", tiers: null }, { number: 2, name: "Stairs", tiers: [1] }],
};
const scene = (more) => ({ row: [T], since: [], rules: RULES, gate: 1, direction: "in", offset: 0, ...more });
const done = (more) => ({
  device: "ABCDEFGHIJKLMNOP", number: 1, scanId: "AAAAAAAA", at: 1_000_000, offset: null, kind: "IN", result: "admitted",
  ticket: T, gate: 1, how: "CL", undoes: "", ...more,
});

test("a ticket that may enter is admitted", () => {
  assert.deepEqual(judged(scene({})), { result: "admitted", tier: "Floor", entries: 1 });
});

test("refunded, cancelled and transferred tickets are refused before anything else is looked at", () => {
  for (const [state, result] of [["r", "refunded"], ["c", "cancelled"], ["t", "transferred"]]) {
    assert.deepEqual(judged(scene({ row: [T, 0, state], gate: 2, rules: { ...RULES, entry: "multiple" } })), { result, tier: "Floor" });
  }
});

test("a ticket of another tier is sent to the gates that take it", () => {
  assert.deepEqual(judged(scene({ gate: 2 })), { result: "wrong_gate", tier: "Floor", go_to: "North" });
  assert.equal(judged(scene({ gate: 2, row: [T, 1] })).result, "admitted");
  assert.equal(judged(scene({ gate: 0 })).result, "admitted");
});

test("a used ticket says when and where, by the list", () => {
  const row = [T, 0, "u", 1, 1000, 2];
  assert.deepEqual(judged(scene({ row })), { result: "already_used", tier: "Floor", used_at: "1970-01-01T00:16:40.000Z", gate: "Stairs" });
});

test("what this phone or another admitted since counts", () => {
  const answer = judged(scene({ since: [done({})], offset: 500 }));
  assert.deepEqual(answer, { result: "already_used", tier: "Floor", used_at: "1970-01-01T00:16:40.500Z", gate: "North" });
});

test("an admission that was taken back does not count", () => {
  const undo = done({ kind: "UNDO", result: "undone", scanId: "BBBBBBBB", undoes: "AAAAAAAA", at: 1_000_500 });
  assert.equal(judged(scene({ since: [done({}), undo] })).result, "admitted");
  assert.equal(judged(scene({ row: [T, 0, "u", 1, 1000, 1], since: [undo] })).result, "admitted");
});

test("a refusal in the log admits nobody out of the way", () => {
  assert.equal(judged(scene({ since: [done({ result: "already_used" })] })).result, "admitted");
});

test("after an exit a ticket enters again only where the event says so", () => {
  const out = done({ kind: "OUT", result: "left", scanId: "CCCCCCCC", at: 1_100_000 });
  for (const [entry, result] of [["single", "already_used"], ["reentry", "admitted"], ["multiple", "admitted"]]) {
    assert.equal(judged(scene({ since: [out, done({})], rules: { ...RULES, entry } })).result, result);
    assert.equal(judged(scene({ row: [T, 0, "l", 1, 1000, 1], rules: { ...RULES, entry } })).result, result);
  }
  assert.equal(judged(scene({ since: [done({})], rules: { ...RULES, entry: "reentry" } })).result, "already_used");
  assert.equal(judged(scene({ since: [done({})], rules: { ...RULES, entry: "multiple" } })).entries, 2);
});

test("only who is inside can leave", () => {
  assert.equal(judged(scene({ direction: "out" })).result, "not_inside");
  assert.equal(judged(scene({ direction: "out", since: [done({})] })).result, "left");
});

/** A store in memory, kept by the test through a "restart". */
function listStore() {
  const kept = { known: null, pages: [] };
  return {
    kept,
    known: async () => kept.known,
    pages: async () => structuredClone(kept.pages),
    keep: async (known, pages, whole) => {
      kept.known = known;
      kept.pages = [...(whole ? [] : kept.pages), ...structuredClone(pages)];
    },
  };
}

const page = (rows, more = {}) => ({ v: 1, event: "evt_a", seq: "1.1", since: null, more: null, made_ms: 5, head: { tiers: [] }, rows, ...more });

test("a list is the same after a restart, with what changed since", async () => {
  const store = listStore();
  const list = new TicketList(store);
  await list.take([page([[T, 0, "v", 0, 0, 0, "G"]], { more: "x" }), page([["B", 0, "v", 0, 0, 0, "G"]])], 10);
  await list.take([page([[T, 0, "r"]], { since: "1.1", seq: "1.2" })], 20);
  const again = new TicketList(store);
  await again.load();
  for (const one of [list, again]) {
    assert.deepEqual(one.row(T), [T, 0, "r"]);
    assert.deepEqual(one.company(one.row("B")).map((row) => row[0]), [T]);
    assert.equal(one.known.seq, "1.2");
    assert.equal(one.known.askedAt, 20);
  }
});

test("a whole list drops the rows of the one before", async () => {
  const list = new TicketList(listStore());
  await list.take([page([["A"], ["B"]])], 10);
  await list.take([page([["B"]], { seq: "9" })], 20);
  assert.equal(list.row("A"), null);
  assert.deepEqual(list.row("B"), ["B"]);
});

test("many small changes do not pile up", async () => {
  const store = listStore();
  const list = new TicketList(store);
  await list.take([page([["A"], ["B"]])], 10);
  for (let at = 0; at < 200; at += 1) await list.take([page([["A", 0, at % 2 ? "u" : "v", at]], { since: "s" })], at);
  assert.ok(store.kept.pages.length <= 61, String(store.kept.pages.length));
  const again = new TicketList(store);
  await again.load();
  assert.deepEqual(again.row("A"), ["A", 0, "u", 199]);
  assert.equal(again.rows.size, 2);
});

test("a list that could not be kept is not believed", async () => {
  const store = listStore();
  const list = new TicketList(store);
  await list.take([page([["A"]])], 10);
  store.keep = () => Promise.reject(new DOMException("", "QuotaExceededError"));
  await assert.rejects(list.take([page([["A", 0, "r"]], { since: "s", seq: "2" })], 20));
  assert.deepEqual(list.row("A"), ["A"]);
  assert.equal(list.known.seq, "1.1");
});

function logStore() {
  const kept = new Map();
  let number = 0;
  return {
    kept,
    lines: async () => structuredClone([...kept.values()]),
    keep: async (line) => void kept.set(line.line, structuredClone(line)),
    nextNumber: async (atLeast) => (number = Math.max(number + 1, atLeast)),
  };
}

const DEVICE = { handle: "ABCDEFGHIJKLMNOP", logKey: new Uint8Array(32), nextSeq: 18 };
const deed = (more) => ({ scanId: "AAAAAAAA", at: 100, offset: 0, kind: "IN", result: "admitted", ticket: T, gate: 1, how: "CL", ...more });

test("the log numbers its lines on from what the server knows", async () => {
  const book = new Logbook(logStore());
  const numbers = [];
  for (const scanId of ["AAAAAAAA", "BBBBBBBB"]) numbers.push((await book.add(deed({ scanId }), DEVICE)).number);
  assert.deepEqual(numbers, [18, 19]);
});

test("a line counts until a list that was asked for after the server had it", async () => {
  const book = new Logbook(logStore());
  await book.add(deed(), DEVICE);
  const [line] = book.unsent(500);
  await book.settle([line], [["AAAAAAAA", "new"]], 1000);
  assert.equal(book.since(T, 900).length, 1);
  assert.equal(book.since(T, 1001).length, 0);
  assert.equal(book.waiting, 0);
});

test("nothing of the log is lost by a restart, and what is unsent is sent then", async () => {
  const store = logStore();
  const book = new Logbook(store);
  await book.add(deed(), DEVICE);
  await book.add(deed({ scanId: "BBBBBBBB", at: 200 }), DEVICE);
  const [first] = book.unsent(1);
  await book.settle([first], [["AAAAAAAA", "known"]], 1000);
  const again = new Logbook(store);
  await again.load();
  assert.equal(again.waiting, 1);
  assert.match(again.unsent(500)[0], /BBBBBBBB/);
  assert.equal(again.since(T, 0).length, 2);
});

test("an answer that names nothing settles nothing", async () => {
  const book = new Logbook(logStore());
  await book.add(deed(), DEVICE);
  await book.settle(book.unsent(500), [], 1000);
  assert.equal(book.waiting, 1);
});

test("a refused line is not sent again and counts for nothing", async () => {
  const book = new Logbook(logStore());
  await book.add(deed(), DEVICE);
  await book.settle(book.unsent(500), [["AAAAAAAA", "refused", "bad_mac"]], 1000);
  assert.equal(book.waiting, 0);
  assert.deepEqual(book.since(T, 0), []);
});

test("another phone's lines are taken once, kept and passed on", async () => {
  const theirs = new Logbook(logStore());
  await theirs.add(deed(), { ...DEVICE, handle: "QQQQQQQQQQQQQQQQ" });
  const [line] = theirs.newest("QQQQQQQQQQQQQQQQ", 9);
  const book = new Logbook(logStore());
  assert.equal(await book.read(line), true);
  assert.equal(await book.read(line), false);
  assert.equal(await book.read("nonsense"), false);
  assert.equal(book.since(T, 5)[0].device, "QQQQQQQQQQQQQQQQ");
  assert.deepEqual(book.unsent(5), [line]);
});

test("lines travel from phone to phone in pictures that fit, and come out the same", () => {
  const lines = Array.from({ length: 40 }, (_, at) => `1/ABCDEFGHIJKLMNOP/${at}/3F2504E04F8941D39A0C0305E82C3301/1795200843120/-340/IN/ADMITTED/${T}/2/CL//MFRGGZDFMZTWQ2LK`);
  const sent = frames(lines);
  assert.ok(sent.every((text) => text.length <= 1249));
  assert.ok(sent.length <= 6, String(sent.length));
  const came = sent.map((text) => frame(text));
  assert.deepEqual(came.flatMap(({ lines: some }) => some), lines);
  assert.deepEqual(came.map(({ number, of }) => [number, of]), came.map((_, at) => [at + 1, came.length]));
});

test("what is no such picture is a code like any other", () => {
  for (const text of ["", "D1:", "D2:1/1:A", "D1:1/1:a", `T${T}.AAAA`, "D1:1/1:\n"]) assert.equal(frame(text), null);
});

test("a hand scanner types faster than people", () => {
  const wedge = new Wedge();
  const type = (text, pace, from) => [...text].forEach((key, at) => wedge.press(key, from + at * pace));
  type("T".repeat(20), 8, 0);
  assert.equal(wedge.press("Enter", 170), "T".repeat(20));
  type("T".repeat(20), 120, 1000);
  assert.equal(wedge.press("Enter", 1000 + 20 * 120), null);
  type("SHORT", 8, 9000);
  assert.equal(wedge.press("Enter", 9048), null);
  type("T".repeat(13), 8, 20_000);
  wedge.press("Shift", 20_105);
  assert.equal(wedge.press("Enter", 20_110), "T".repeat(13));
});
