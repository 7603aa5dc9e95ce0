import assert from "node:assert/strict";
import { test } from "node:test";
import { minorOf, split } from "../../static/js/lib/fees.js";

const ABSORBED = { bps: 100, fixed: 0, passedOn: false };

test("the fee comes out of the price, or on top of it", () => {
  assert.deepEqual(split(2450, ABSORBED), { paid: 2450, fee: 25, net: 2425 });
  assert.deepEqual(split(2450, { ...ABSORBED, passedOn: true }), { paid: 2475, fee: 25, net: 2450 });
});

test("the fee is less than the price, and free is free", () => {
  assert.deepEqual(split(50, { bps: 0, fixed: 99, passedOn: false }), { paid: 50, fee: 49, net: 1 });
  assert.deepEqual(split(0, { bps: 100, fixed: 99, passedOn: true }), { paid: 0, fee: 0, net: 0 });
});

test("what is paid is the fee and the rest, whatever the terms", () => {
  for (let price = 1; price < 20000; price += 37)
    for (const bps of [0, 1, 99, 100, 250, 9999])
      for (const passedOn of [true, false]) {
        const { paid, fee, net } = split(price, { bps, fixed: price % 3, passedOn });
        assert.equal(paid, fee + net);
        assert.ok(fee >= 0 && net >= 0);
      }
});

test("amounts are read as people type them", () => {
  assert.equal(minorOf("24", 2), 2400);
  assert.equal(minorOf(" 24,5 ", 2), 2450);
  assert.equal(minorOf("24.500", 2), 2450);
  assert.equal(minorOf("24.505", 2), null);
  assert.equal(minorOf("500", 0), 500);
  assert.equal(minorOf("1.5", 3), 1500);
  assert.equal(minorOf("-1", 2), null);
  assert.equal(minorOf("", 2), null);
});
