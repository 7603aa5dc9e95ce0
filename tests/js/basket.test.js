import assert from "node:assert/strict";
import { test } from "node:test";
import { basket, moneyText } from "../../static/js/lib/basket.js";

test("chosen tickets are counted and added up in minor units", () => {
  assert.deepEqual(basket([{ price: 2400, count: 2 }, { price: 900, count: 1 }]), { count: 3, minor: 5700 });
  assert.deepEqual(basket([]), { count: 0, minor: 0 });
});

test("amounts are written as the server writes them", () => {
  assert.equal(moneyText(4500, "EUR", "en"), "€45.00");
  assert.equal(moneyText(1250, "GBP", "en"), "£12.50");
  assert.equal(moneyText(500, "JPY", "en"), "JP¥500");
  assert.equal(moneyText(1500, "KWD", "en").replace("\u00a0", " "), "KWD 1.500");
});
