// What the camera sees becomes one scan for each ticket held up.
import assert from "node:assert/strict";
import { test } from "node:test";
import { region } from "../../static/js/scanner/lib/regions.js";
import { ScanIds, randomScanId } from "../../static/js/scanner/lib/scan_ids.js";
import { ScanQueue } from "../../static/js/scanner/lib/scan_queue.js";
import { Sightings } from "../../static/js/scanner/lib/sightings.js";

/** Looks every 100 ms, as a slow phone does. */
function watching(sightings, from = 0) {
  let now = from;
  return {
    sees: (text, times = 1) => Array.from({ length: times }, () => sightings.look(text, (now += 100))),
    stalls: (ms) => (now += ms),
  };
}

test("a code that stays in view is read once", () => {
  const phone = watching(new Sightings());
  const reads = phone.sees("A", 100);
  assert.equal(reads[0], true);
  assert.equal(reads.filter(Boolean).length, 1);
});

test("a code that could not be read for a moment is not a new one", () => {
  const phone = watching(new Sightings());
  phone.sees("A");
  phone.sees(null, 10);
  assert.deepEqual(phone.sees("A"), [false]);
});

test("a code that went away for 1.2 s and came back is a new one", () => {
  const phone = watching(new Sightings());
  phone.sees("A");
  phone.sees(null, 11);
  assert.deepEqual(phone.sees("A"), [true]);
});

test("the next code is read at once, and two in view are read once each", () => {
  const phone = watching(new Sightings());
  assert.deepEqual(phone.sees("A"), [true]);
  assert.deepEqual(phone.sees("B"), [true]);
  for (let i = 0; i < 50; i++) assert.deepEqual([phone.sees("A"), phone.sees("B")], [[false], [false]]);
});

test("a camera that stalls with a code in view does not read it twice", () => {
  const phone = watching(new Sightings());
  phone.sees("A");
  phone.stalls(30_000);
  assert.deepEqual(phone.sees("A"), [false]);
});

test("a forgotten code is read again although it never left", () => {
  const sightings = new Sightings();
  const phone = watching(sightings);
  phone.sees("A");
  sightings.forget("A");
  assert.deepEqual(phone.sees("A", 3), [true, false, false]);
});

test("nothing in view is never a scan", () => {
  assert.deepEqual(watching(new Sightings()).sees(null, 3), [false, false, false]);
  assert.deepEqual(watching(new Sightings()).sees("", 3), [false, false, false]);
});

test("pictures are read whole and close in turns", () => {
  assert.deepEqual(region(0, 1280, 720), { x: 0, y: 0, width: 1280, height: 720 });
  assert.deepEqual(region(1, 1280, 720), { x: 256, y: 144, width: 768, height: 432 });
  assert.deepEqual(region(2, 721, 1281), { x: 0, y: 0, width: 721, height: 1281 });
  assert.deepEqual(region(3, 721, 1281), { x: 144, y: 256, width: 433, height: 769 });
});

test("a scan without an answer keeps its name for two minutes, an answered one does not", () => {
  let made = 0;
  const ids = new ScanIds(() => `scan-${++made}`);
  assert.equal(ids.nameFor("A", 0), "scan-1");
  assert.equal(ids.nameFor("A", 119_999), "scan-1");
  assert.equal(ids.nameFor("B", 119_999), "scan-2");
  ids.settle("B");
  assert.equal(ids.nameFor("B", 120_000), "scan-3");
  assert.equal(ids.nameFor("A", 120_000), "scan-4");
});

test("names of scans are random", () => {
  assert.match(randomScanId(), /^[0-9A-F]{32}$/);
  assert.notEqual(randomScanId(), randomScanId());
});

test("scans are asked one after the other, in order", async () => {
  const log = [];
  const open = [];
  const queue = new ScanQueue(
    (code) => new Promise((resolve) => (log.push(`ask ${code}`), open.push(resolve))),
    (answer, code) => log.push(`${code} ${answer}`),
  );
  queue.add("A");
  queue.add("B");
  assert.deepEqual(log, ["ask A"]);
  open[0]("yes");
  await settled();
  open[1]("no");
  await settled();
  assert.deepEqual(log, ["ask A", "A yes", "ask B", "B no"]);
});

test("a full queue takes no more, and takes again when there is room", async () => {
  const open = [];
  const queue = new ScanQueue(() => new Promise((resolve) => open.push(resolve)), () => {}, { limit: 2 });
  assert.deepEqual(["A", "B", "C", "D"].map((code) => queue.add(code)), [true, true, true, false]);
  open[0]();
  await settled();
  assert.equal(queue.add("D"), true);
});

test("a fault while showing one verdict does not stop the next scan", async () => {
  const answered = [];
  const queue = new ScanQueue(
    async (code) => code,
    (answer) => {
      answered.push(answer);
      if (answer === "A") throw new Error("the screen is broken");
    },
    { report: () => {} },
  );
  queue.add("A");
  queue.add("B");
  await settled();
  queue.add("C");
  await settled();
  assert.deepEqual(answered, ["A", "B", "C"]);
});

function settled() {
  return new Promise((resolve) => setImmediate(resolve));
}
