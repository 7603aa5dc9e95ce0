// @ts-check
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { solve } from "../../static/js/room/lib/challenge.js";
import { before, bytes, fromHex, keyOf } from "../../static/js/room/lib/key.js";
import { Ahead, eta, isCalled, nextLook, odds } from "../../static/js/room/lib/room.js";
import { isSigned } from "../../static/js/room/lib/signed.js";
import { sha256 } from "../../static/js/room/lib/sha256.js";

/** @param {Uint8Array} raw */
const hex = (raw) => Buffer.from(raw).toString("hex");

test("SHA-256 is what everybody else computes, at every length around a block", () => {
  for (const length of [0, 1, 3, 31, 48, 55, 56, 57, 63, 64, 65, 119, 120, 1000]) {
    const message = Uint8Array.from({ length }, (_, i) => (i * 7 + length) % 256);
    assert.equal(hex(sha256(message)), createHash("sha256").update(message).digest("hex"), String(length));
  }
});

test("a key is the first 63 bits of the hash of salt and entry", () => {
  const salt = fromHex("11".repeat(32));
  const eid = fromHex("22".repeat(16));
  const digest = createHash("sha256").update(Buffer.from("11".repeat(32) + "22".repeat(16), "hex")).digest();
  assert.equal(keyOf(salt, eid), (digest.readBigUInt64BE() >> 1n).toString(16).padStart(16, "0"));
  assert.deepEqual([...bytes("_-8")], [255, 239]);
});

/** Two steps with 3 and 2 keys, a late window 4 with 10 people. */
function table() {
  const view = new DataView(new ArrayBuffer(8 + 8 + 8));
  view.setUint8(5, 1);
  view.setUint16(6, 1);
  [3, 5, 4, 10].forEach((number, i) => view.setUint32(8 + 4 * i, number));
  return view.buffer;
}

test("the table of keys gives a rank in the draw, and behind it those who came late", () => {
  assert.equal(before(table(), 0, "0000000000000000"), 0);
  assert.equal(before(table(), 0, "4000000000000000"), 3);
  assert.equal(before(table(), 4, "0000000000000000"), 5);
  assert.equal(before(table(), 4, "4000000000000000"), 9);
  assert.equal(before(table(), 5, "0000000000000000"), null);
});

test("whoever stands before the cut is called, and nobody at it", () => {
  assert.equal(isCalled(0, "00000000000000ff", [0, "0000000000000100"]), true);
  assert.equal(isCalled(0, "0000000000000100", [0, "0000000000000100"]), false);
  assert.equal(isCalled(0, "7fffffffffffffff", [1, "0000000000000000"]), true);
  assert.equal(isCalled(2, "0000000000000000", [1, "7fffffffffffffff"]), false);
});

test("a number of people once shown never goes up", () => {
  const ahead = new Ahead();
  assert.deepEqual([40, 38, 45, 12, 13].map((count) => ahead.show(count)), [40, 38, 38, 12, 12]);
});

test("the wait is a range from the measured pace, and nothing where there is none", () => {
  assert.deepEqual(eta(120, 20), [5, 11]);
  assert.equal(eta(120, 0), null);
});

test("the odds are told only to those who will probably go without", () => {
  assert.equal(odds(500, [900, 1000, 1100], 100), null);
  assert.equal(odds(1200, [900, 1000, 1100], 600), 400);
  assert.equal(odds(1200, [900, 1000, 1100], 1050), 0);
  assert.equal(odds(1200, [], 600), null);
});

test("who is near looks often, who is far seldom, and never all at once", () => {
  /** @type {[number, number, number]} */
  const poll = [2, 60, 20];
  assert.equal(nextLook(10, poll, 0), 2000);
  assert.equal(nextLook(600, poll, 0), 30_000);
  assert.equal(nextLook(1e6, poll, 0), 60_000);
  assert.equal(nextLook(1e6, poll, 1), 78_000);
  assert.equal(nextLook(-1, poll, 0), 10_000);
});

test("a challenge is met by the first number whose hash begins with enough zero bits", () => {
  const nonce = solve("a challenge", 8, 0, 100_000);
  assert.notEqual(nonce, null);
  assert.equal(createHash("sha256").update(`a challenge.${nonce}`).digest()[0], 0);
  assert.equal(solve("a challenge", 31, 0, 10), null);
});

test("the vectors that pin the draw hold in a browser too", () => {
  const file = new URL("../vectors/draw.json", import.meta.url);
  const vectors = JSON.parse(readFileSync(file, "utf8"));
  const drawn = vectors.entries.filter((/** @type {any} */ entry) => vectors.salts[entry.win]);
  assert.ok(drawn.length > 2);
  for (const { win, eid, key } of drawn) {
    assert.equal(BigInt(`0x${keyOf(fromHex(vectors.salts[win]), fromHex(eid))}`).toString(), key);
  }
});

/** A document as the server makes it. @param {string} body */
function signed(body) {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const signer = /** @type {Buffer} */ (publicKey.export({ type: "spki", format: "der" })).subarray(-32).toString("hex");
  return { text: `${body},"sig":"${sign(null, Buffer.from(body), privateKey).toString("base64url")}"}`, signer };
}

test("a document is believed when its signature is ours, and in no other spelling of it", async () => {
  const { text, signer } = signed('{"v":1,"seq":5,"state":"open"');
  assert.equal(await isSigned(text, signer), true);
  assert.equal(await isSigned(text.replace('"seq":5', '"seq":6'), signer), false);
  assert.equal(await isSigned(text, signed("{}").signer), false);
  assert.equal(await isSigned('{"v":1}', signer), false);
  assert.equal(await isSigned('{"v":1,"sig":"*"}', signer), false);
});

test("a browser that knows no such keys cannot tell", async () => {
  const { text } = signed('{"v":1');
  assert.equal(await isSigned(text, "00"), null);
});
