// What a phone reads by itself: codes, seals and lines as docs/door.md lays them down.
import assert from "node:assert/strict";
import { createCipheriv, createHmac, generateKeyPairSync, hkdfSync, sign } from "node:crypto";
import { test } from "node:test";
import { base32, fromBase32, fromBase64Url, utf8 } from "../../static/js/scanner/lib/bytes.js";
import { read, signer } from "../../static/js/scanner/lib/codes.js";
import { parsed, written } from "../../static/js/scanner/lib/log_lines.js";
import { hmac, isOfNow, openName, openRotating } from "../../static/js/scanner/lib/seals.js";

const TICKET = "MFRGGZDFMZTWQ";
const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const other = generateKeyPairSync("ed25519");
const raw = (key) => key.export({ format: "jwk" }).x;
const SIGNATURE = sign(null, Buffer.from(`tixapp.ticket.1:T${TICKET}`), privateKey);
const CODE = `T${TICKET}.${base32(SIGNATURE)}`;

function seal(material, info, plain) {
  const bytes = Buffer.from(hkdfSync("sha256", material, Buffer.alloc(0), info, 28));
  const cipher = createCipheriv("aes-128-gcm", bytes.subarray(0, 16), bytes.subarray(16));
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString("base64url");
}

test("base32 is written and read as Python writes it", () => {
  assert.equal(base32(utf8("foobar")), "MZXW6YTBOI");
  assert.deepEqual(fromBase32("MZXW6YTBOI"), utf8("foobar"));
  assert.equal(base32(new Uint8Array(64)).length, 103);
});

test("another spelling of the same bytes is not read", () => {
  for (const text of ["MZXW6YTBOJ", "mzxw6ytboi", "MZXW6YTBOI=", "MZXW6YTB0I", "MZX W6YTBOI"]) {
    assert.equal(fromBase32(text), null);
  }
});

test("a good code is known by its key", async () => {
  const code = read(CODE, false);
  assert.equal(code.kind, "static");
  assert.equal(code.ticket, TICKET);
  assert.equal(await signer(code, [raw(publicKey)]), 0);
  assert.equal(await signer(code, [raw(other.publicKey), raw(publicKey)]), 1);
});

test("forged, cut, re-spelled and huge codes are none of ours", async () => {
  const swapped = CODE.slice(0, -1) + (CODE.endsWith("A") ? "B" : "A");
  const spoiled = [CODE.slice(0, -1), `${CODE}A`, CODE.toLowerCase(), ` ${CODE}`, CODE.replace(".", "/"), "T".repeat(9000), "", "\u0000"];
  for (const text of spoiled) assert.equal(read(text, false).kind, "foreign", text.slice(0, 130));
  for (const text of [swapped, `T${"A".repeat(13)}.${base32(SIGNATURE)}`]) {
    const code = read(text, false);
    assert.ok(code.kind === "foreign" || (await signer(code, [raw(publicKey)])) === -1);
  }
  assert.equal(await signer(read(CODE, false), [raw(other.publicKey)]), -1);
});

test("only what is of our shape can be forged", () => {
  assert.deepEqual(read(CODE.slice(0, 40), false), { kind: "foreign", forged: true });
  assert.deepEqual(read("HTTPS://EXAMPLE.COM/", false), { kind: "foreign", forged: false });
});

test("the number stands for the code only when a person typed it", () => {
  assert.equal(read(TICKET, false).kind, "foreign");
  assert.deepEqual(read("mfrg gzdf-mztwq", true), { kind: "number", ticket: TICKET });
  assert.equal(read(CODE.toLowerCase(), true).kind, "static");
});

test("without the browser's Ed25519 the vendored one says the same", async () => {
  const generate = crypto.subtle.generateKey;
  crypto.subtle.generateKey = () => Promise.reject(new DOMException("", "NotSupportedError"));
  try {
    const { signedBy } = await import("../../static/js/scanner/lib/signatures.js?without");
    const text = `tixapp.ticket.1:T${TICKET}`;
    assert.equal(await signedBy([raw(other.publicKey), raw(publicKey)], new Uint8Array(SIGNATURE), text), 1);
    assert.equal(await signedBy([raw(publicKey)], new Uint8Array(SIGNATURE), `${text}A`), -1);
  } finally {
    crypto.subtle.generateKey = generate;
  }
});

test("a name opens with its own ticket's code and no other", async () => {
  const name = `tixapp.door.name.1:${TICKET}`;
  const seals = ["", seal(SIGNATURE, name, "Ada Lovelace")].join(".");
  assert.equal(await openName(seals, new Uint8Array(SIGNATURE), TICKET, 1), "Ada Lovelace");
  assert.equal(await openName(seals, new Uint8Array(SIGNATURE), TICKET, 0), null);
  assert.equal(await openName(seals, new Uint8Array(SIGNATURE), "AAAAAAAAAAAAA", 1), null);
  assert.equal(await openName(seals, new Uint8Array(64), TICKET, 1), null);
});

test("a rotating code is good for its own window and two beside it", async () => {
  const opener = "ABCDEFGHIJKLMNOP";
  const macKey = Buffer.alloc(16, 7);
  const window = 119_680_000;
  const mac = base32(createHmac("sha256", macKey).update(`tixapp.rotating.1:${TICKET}:${window}`).digest()).slice(0, 16);
  const code = read(`R${TICKET}.${opener}${mac}`, false);
  assert.deepEqual(code, { kind: "rotating", ticket: TICKET, opener, mac });
  const sealed = seal(opener, `tixapp.door.rotating.1:${TICKET}`, Buffer.concat([macKey, Buffer.from("Ada")]));
  const opened = await openRotating(`${sealed}`, opener, TICKET);
  assert.equal(opened.name, "Ada");
  for (const [off, good] of [[-3, false], [-2, true], [0, true], [2, true], [3, false]]) {
    assert.equal(await isOfNow(code, opened.macKey, (window + off) * 15 + 14, 15), good, String(off));
  }
  assert.equal(await openRotating(sealed, "ABCDEFGHIJKLMNOQ", TICKET), null);
});

const ENTRY = {
  device: "ABCDEFGHIJKLMNOP", number: 17, scanId: "3F2504E04F8941D39A0C0305E82C3301", at: 1795200843120, offset: -340,
  kind: "IN", result: "admitted", ticket: TICKET, gate: 2, how: "CL", undoes: "",
};

test("a line of the log is written as laid down, and read back", async () => {
  const key = fromBase64Url("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  const line = await written(ENTRY, key);
  const text = `1/ABCDEFGHIJKLMNOP/17/3F2504E04F8941D39A0C0305E82C3301/1795200843120/-340/IN/ADMITTED/${TICKET}/2/CL/`;
  assert.equal(line, `${text}/${await hmac(key, text)}`);
  assert.match(line, /^[0-9A-Z $%*+\-./:]+$/); // what a QR code packs tightly
  assert.deepEqual(parsed(line), ENTRY);
  assert.deepEqual(parsed(await written({ ...ENTRY, offset: null }, key)), { ...ENTRY, offset: null });
});

test("what is no line is not read", () => {
  for (const line of ["", "1/2/3", "2/A/1/ABCDEFGH/1/0/IN/ADMITTED//0/CL//X", "1/A/x/ABCDEFGH/1/0/IN/ADMITTED//0/CL//X", "1/A/1/ABCDEFGH/1/0/GO/ADMITTED//0/CL//X"]) {
    assert.equal(parsed(line), null, line);
  }
});
