// @ts-check
/* The waiting room's own script: it shows what the page of the server showed, and keeps it true.
   Everything it knows comes from one document that everybody shares; it asks for nothing of its own. */
import { clockText, offsetFromPage } from "../lib/clock.js";
import { Ahead, eta, isCalled, nextLook, odds } from "./lib/room.js";

/** @typedef {import("./lib/room.js").News} News */

const MINUTE = 60_000;
const main = /** @type {HTMLElement} */ (document.querySelector("[data-room]"));
const words = JSON.parse(document.querySelector("#words")?.textContent ?? "{}");
const { room = "", eid = "", win: rawWin = "", turn = "", rank: rawRank = "", name = "" } = main.dataset;
const win = rawWin === "" ? null : Number(rawWin);
const offset = offsetFromPage(document.querySelector('meta[name="server-time"]')?.getAttribute("content"), Date.now());
const number = new Intl.NumberFormat(document.documentElement.lang);
const ahead = new Ahead();

/** @type {string | null} */
let key = main.dataset.key || null;
/** @type {number | null} */
let rank = rawRank === "" ? null : Number(rawRank);
/** @type {News | null} */
let news = null;
let heard = Date.now();
let spoken = 0;
let startedWith = 0;
let failures = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** @param {string} part  the name of one, or a selector */
const put = (part, text = "", hidden = !text) =>
  document.querySelectorAll(part.startsWith("[") ? part : `[data-part="${part}"]`).forEach((element) => {
    if (element.textContent !== text) element.textContent = text;
    /** @type {HTMLElement} */ (element).hidden = hidden;
  });

/** @param {string} text @param {Record<string, string | number>} values */
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => (typeof values[name] === "number" ? number.format(/** @type {number} */ (values[name])) : String(values[name])));

/** @param {string} state */
function panel(state) {
  document.querySelectorAll("[data-panel]").forEach((element) => {
    const mine = /** @type {HTMLElement} */ (element);
    mine.hidden = mine.dataset.panel !== state;
  });
  main.dataset.turn = state;
}

async function look() {
  clearTimeout(timer);
  const answer = await fetch(room, { cache: "no-cache", credentials: "omit" }).catch(() => null);
  const text = answer?.ok ? await answer.text().catch(() => "") : "";
  const told = text && (await isOurs(text)) ? JSON.parse(text) : null;
  failures = told ? 0 : failures + 1;
  if (told) {
    heard = Date.now();
    if (!news || told.seq >= news.seq) {
      news = told;
      await show(told);
    }
  }
  later();
}

/** What nobody here has signed is not believed; the key may have changed since the page was drawn. */
async function isOurs(/** @type {string} */ text) {
  const { isSigned } = await import("./lib/signed.js");
  const isGood = (await isSigned(text, main.dataset.signer ?? "")) !== false;
  if (!isGood && failures > 3) location.reload();
  return isGood;
}

function later() {
  clearTimeout(timer);
  if (document.hidden || !news) return void (document.hidden || (timer = setTimeout(look, 5000 * 2 ** Math.min(failures, 4))));
  const left = news.state === "announced" ? Math.max(0, news.opens - (Date.now() + offset) / 1000) : wait();
  const pause = nextLook(left, news.poll, Math.random());
  timer = setTimeout(look, pause * 2 ** Math.min(failures, 4));
}

/** Seconds that are left, less than nothing when nobody knows. */
function wait() {
  if (!news || rank === null || !news.rate) return -1;
  return (Math.max(0, rank - news.in - 1) / news.rate) * 60;
}

/** @param {News} told */
async function place(told) {
  const salt = told.salts[String(win)];
  if (win === null || rank !== null || (!key && !salt)) return;
  const { before, bytes, fromHex, keyOf } = await import("./lib/key.js");
  key ??= keyOf(bytes(salt), fromHex(eid));
  if (told.draw) {
    const table = await fetch(told.draw, { credentials: "omit" }).then((r) => (r.ok ? r.arrayBuffer() : null)).catch(() => null);
    const found = table && before(table, win, key);
    if (typeof found === "number") rank = found + 1;
  }
}

/** @param {News} told */
async function show(told) {
  if (turn === "shopping" || turn === "stranger") return;
  if (win === null && told.state === "open") return void (performance.now() > 4000 * (1 + Math.random()) && location.reload());
  for (const [id, , left] of told.tiers) put(`[data-kind="${id}"]`, words.kinds[left], false);
  await place(told);
  const called = win !== null && key !== null && isCalled(win, key, told.cut);
  const state = next(told, called);
  if (state === "called") return arrive(told);
  panel(state);
  if (state === "waiting" || state === "paused") position(told);
}

/** @param {News} told @param {boolean} called */
function next(told, called) {
  if (told.state === "announced" && win !== null && Date.now() + offset >= told.opens * 1000) return "drawing";
  if (told.state !== "open") return told.state;
  if (called || (turn === "called" && key === null)) return "called";
  return rank === null ? "drawing" : "waiting";
}

/** The turn has come: the page of the server has the way in. */
function arrive(/** @type {News} */ told) {
  document.title = fill(words.titleTurn, { name });
  if (turn === "called") return panel("called");
  if (!told.gate && Math.random() < 0.7) return position(told);
  if (globalThis.Notification?.permission === "granted") new Notification(words.turn, { body: name });
  location.reload();
}

/** @param {News} told */
function position(told) {
  if (rank === null) return;
  const before = main.dataset.ahead;
  const count = ahead.show(Math.max(0, rank - told.in - 1));
  startedWith ||= count + 1;
  main.dataset.ahead = String(count);
  put("ahead", count ? number.format(count) : words.next);
  put("ahead-words", count ? (count === 1 ? words.aheadOne : words.ahead) : "");
  const range = told.state === "open" ? eta(count, told.rate) : null;
  put("eta", range ? fill(range[1] <= 1 ? words.etaSoon : words.eta, { low: range[0], high: range[1] }) : "");
  const few = odds(rank, told.last_rank, told.in);
  put("odds", few === null ? "" : fill(few ? words.odds : words.oddsNone, { few, of: count + 1 }));
  const bar = document.querySelector("progress");
  if (bar) bar.value = 1 - count / startedWith;
  document.title = fill(words.title, { n: count, name });
  badge(count);
  if (before !== String(count) && Date.now() - spoken >= MINUTE) {
    spoken = Date.now();
    put("said", fill(words.said, { n: count }), false);
  }
}

/** @param {number} count */
function badge(count) {
  const text = count > 999 ? `${Math.min(99, Math.floor(count / 1000))}k` : String(count);
  const drawn = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7"/><text x="16" y="22" fill="#fff" font-family="sans-serif" font-weight="700" font-size="${text.length > 2 ? 14 : 18}" text-anchor="middle">${text}</text></svg>`;
  document.querySelector('link[rel="icon"]')?.setAttribute("href", `data:image/svg+xml,${encodeURIComponent(drawn)}`);
}

function tick() {
  const now = Date.now() + offset;
  const age = Math.round((Date.now() - heard) / 1000);
  put("heard", fill(age < 3 ? words.heardNow : words.heard, { n: age }));
  document.querySelectorAll("[data-until]").forEach((element) => {
    const left = Date.parse(/** @type {HTMLElement} */ (element).dataset.until ?? "") - now;
    if (element.closest("[hidden]")) return;
    element.textContent = clockText(left);
    if (left <= 0 && left > -1500 && turn !== "shopping") look();
    if (left <= 0 && turn === "shopping") location.reload();
  });
}

function bell() {
  const button = /** @type {HTMLButtonElement | null} */ (document.querySelector("[data-bell]"));
  if (!button || !globalThis.Notification || Notification.permission !== "default") return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await Notification.requestPermission();
    button.hidden = true;
  });
}

function localTimes() {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  document.querySelectorAll("[data-local]").forEach((element) => {
    const { local = "", zone = "" } = /** @type {HTMLElement} */ (element).dataset;
    if (here === zone) return;
    const time = new Date(local).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
    element.textContent = fill(words.local, { time });
    /** @type {HTMLElement} */ (element).hidden = false;
  });
}

document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : look()));
setInterval(tick, 1000);
tick();
if (document.querySelector("form[data-challenge]")) import("./door.js");
bell();
localTimes();
look();
