import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { PersonalPoller, Poller } from "../../static/js/lib/poller.js";

/** @type {{ url: string, options: any }[]} */
let asked;
/** @type {any[]} */
let answers;
/** @type {any} */
let page;

const turn = () => new Promise((done) => setImmediate(done));

/** @param {number} status @param {string} body @param {Record<string, string>} headers */
const answer = (status, body = "{}", headers = {}) => ({
  status,
  ok: status === 200,
  headers: new Headers(headers),
  json: async () => JSON.parse(body),
});

const element = () => /** @type {any} */ ({ dataset: { url: "/numbers" }, isConnected: true });

class Heard extends Poller {
  /** @type {any[]} */
  said = [];

  /** @param {any} given */
  async heard(given) {
    const news = await given.json();
    this.said.push(news);
    return news.last === true;
  }
}

beforeEach(() => {
  asked = [];
  answers = [];
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(Math, "random", () => 0.5);
  page = { hidden: false, listeners: new Set() };
  page.addEventListener = (/** @type {string} */ _, /** @type {any} */ f) => page.listeners.add(f);
  page.removeEventListener = (/** @type {string} */ _, /** @type {any} */ f) => page.listeners.delete(f);
  globalThis.document = page;
  globalThis.fetch = /** @type {any} */ (
    async (/** @type {string} */ url, /** @type {any} */ options) => {
      asked.push({ url, options });
      const next = answers.shift() ?? answer(200);
      if (next instanceof Error) throw next;
      return next;
    }
  );
});

afterEach(() => {
  page.hidden = true; // what is still under way sets no timer of its own
  mock.timers.reset();
  mock.restoreAll();
});

/** @param {boolean} hidden */
function turnPage(hidden) {
  page.hidden = hidden;
  for (const listener of page.listeners) listener();
}

test("it asks once in each interval and hears every answer", async () => {
  const poller = new Heard(element(), 4000);
  answers = [answer(200, '{"n":1}'), answer(200, '{"n":2}')];
  poller.start();
  for (const expected of [0, 1, 2]) {
    assert.equal(asked.length, expected);
    mock.timers.tick(4000);
    await turn();
  }
  assert.deepEqual(poller.said.slice(0, 2), [{ n: 1 }, { n: 2 }]);
  assert.equal(asked[0].url, "/numbers");
  assert.equal(asked[0].options.redirect, "manual");
});

test("an element may say how often", () => {
  assert.equal(new Poller(/** @type {any} */ ({ dataset: { every: "700" } }), 4000).every, 700);
});

test("a hidden page asks nothing, and asks at once when it is looked at again", async () => {
  const poller = new Heard(element(), 1000);
  poller.start();
  turnPage(true);
  mock.timers.tick(60_000);
  await turn();
  assert.equal(asked.length, 0);
  turnPage(false);
  await turn();
  assert.equal(asked.length, 1);
});

test("failures, answers that are no answer and 500s alike, make the pauses longer until one is well", async () => {
  const poller = new Heard(element(), 1000);
  answers = [new Error("no network"), answer(500), answer(200, "<html>"), answer(200)];
  poller.start();
  for (const pause of [1000, 2000, 4000, 8000]) {
    const before = asked.length;
    mock.timers.tick(pause - 1);
    await turn();
    assert.equal(asked.length, before, `asked sooner than ${pause}`);
    mock.timers.tick(1);
    await turn();
    assert.equal(asked.length, before + 1);
  }
  assert.equal(poller.failures, 0);
});

test("the server may ask for patience", async () => {
  const poller = new Heard(element(), 1000);
  answers = [answer(429, "", { "Retry-After": "30" })];
  poller.start();
  mock.timers.tick(1000);
  await turn();
  mock.timers.tick(29_000);
  await turn();
  assert.equal(asked.length, 1);
  mock.timers.tick(1000);
  await turn();
  assert.equal(asked.length, 2);
});

for (const status of [0, 401, 403, 404]) {
  test(`what is no longer ours to see is not asked for again: ${status}`, async () => {
    const poller = new Heard(element(), 1000);
    answers = [answer(status)];
    poller.start();
    mock.timers.tick(1000);
    await turn();
    mock.timers.tick(600_000);
    await turn();
    assert.equal(asked.length, 1);
  });
}

test("whoever has heard enough, or is gone from the page, asks no more", async () => {
  const poller = new Heard(element(), 1000);
  answers = [answer(200, '{"last":true}')];
  poller.start();
  mock.timers.tick(1000);
  await turn();
  mock.timers.tick(600_000);
  await turn();
  assert.equal(asked.length, 1);
  poller.stop();
  const gone = new Heard(element(), 1000);
  gone.start();
  gone.stop();
  turnPage(false);
  mock.timers.tick(600_000);
  assert.equal(asked.length, 1);
});

test("of what is personal the tag of the last answer is kept here, and nothing in a cache", async () => {
  const poller = new PersonalPoller(element(), 1000);
  answers = [answer(200, "{}", { ETag: '"a"' }), answer(304)];
  poller.start();
  for (const expected of [undefined, '"a"', '"a"']) {
    mock.timers.tick(1000);
    await turn();
    assert.equal(asked.at(-1)?.options.headers["If-None-Match"], expected);
    assert.equal(asked.at(-1)?.options.cache, "no-store");
  }
  assert.equal(poller.failures, 0);
});
