// Keeps the tickets that were looked at on the phone: they open again without a network, also after
// the browser was closed.
//
// The server puts a line before this file: KEPT = {version, files}. Files are the same for everybody;
// pages are one person's, in a cache that bears that person's name, and go when it is not that person
// who is signed in any more (`forgetOthers` in app.js, and `leave` below).
/* global KEPT */

const FILES_OF = "tixapp-tickets-files-";
const PAGES_OF = "tixapp-tickets~";
const NAME = FILES_OF + KEPT.version;
const FILES = new Set(KEPT.files);
const TICKET = /^\/tickets\/[A-Z2-7]{13}$/;
const AT = "Kept-At";

/** Nobody waits longer for a ticket that is here already. Milliseconds. */
const PATIENCE = 3000;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("message", (event) => event.waitUntil(keepAll(event.data.keep ?? []).then((kept) => event.source.postMessage({ kept }))));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (FILES.has(pathname)) event.respondWith(file(request));
  else if (request.mode === "navigate" && TICKET.test(pathname)) event.respondWith(ticket(request, pathname));
});

/** The files of this version, and the kept pages once more: one of another version needs other files. */
async function install() {
  const cache = await caches.open(NAME);
  await cache.addAll(KEPT.files);
  await keepAll(await keptPaths());
}

async function activate() {
  const old = (await caches.keys()).filter((name) => name.startsWith(FILES_OF) && name !== NAME);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function file(request) {
  return (await caches.match(request, { cacheName: NAME, ignoreVary: true })) ?? fetch(request);
}

async function ticket(request, path) {
  const kept = await keptPage(path);
  try {
    const response = await (kept ? Promise.race([fetch(request), tooLate()]) : fetch(request));
    if (response.status >= 500 && kept) return shown(kept);
    await keep(path, response.clone());
    return response;
  } catch (fault) {
    if (kept) return shown(kept);
    throw fault;
  }
}

/** @returns how many of these pages are kept now */
async function keepAll(paths) {
  const kept = await Promise.all(paths.filter((path) => TICKET.test(path)).map(async (path) => {
    const response = await fetch(path, { cache: "no-store", redirect: "manual" });
    return keep(path, response);
  }));
  return kept.filter(Boolean).length;
}

/** Whether it is kept now. What the server does not show to this person any more is not kept either. */
async function keep(path, response) {
  if (response.type === "opaqueredirect") return leave(); // on the way to the sign-in page
  if (response.status === 404 || response.status === 403) return drop(path);
  if (!response.ok || response.redirected) return false;
  const html = await response.text();
  const person = /\bdata-person="([^"]+)"/.exec(html)?.[1];
  if (!person || !html.includes(KEPT.version)) return false;
  for (const name of await pageCaches()) if (name !== PAGES_OF + person) await caches.delete(name);
  const headers = new Headers(response.headers);
  headers.set(AT, String(Date.now()));
  const cache = await caches.open(PAGES_OF + person);
  await cache.put(path, new Response(html, { status: 200, headers }));
  return true;
}

/** Nobody is signed in here now. */
async function leave() {
  for (const name of await pageCaches()) await caches.delete(name);
  return false;
}

async function drop(path) {
  for (const name of await pageCaches()) await (await caches.open(name)).delete(path);
  return false;
}

/** The page says that it was kept and since when; its clock goes on as if it had stayed open. */
async function shown(kept) {
  const at = Number(kept.headers.get(AT));
  const html = await kept.text();
  const now = (_all, made) => `<meta name="server-time" content="${new Date(Date.parse(made) + Date.now() - at).toISOString()}"`;
  const told = html.replace("<html ", `<html data-kept-at="${at}" `).replace(/<meta name="server-time" content="([^"]+)"/, now);
  return new Response(told, { status: 200, headers: kept.headers });
}

async function keptPage(path) {
  for (const name of await pageCaches()) {
    const found = await caches.match(path, { cacheName: name, ignoreVary: true });
    if (found) return found;
  }
  return undefined;
}

async function keptPaths() {
  const paths = [];
  for (const name of await pageCaches()) {
    for (const { url } of await (await caches.open(name)).keys()) paths.push(new URL(url).pathname);
  }
  return paths;
}

async function pageCaches() {
  return (await caches.keys()).filter((name) => name.startsWith(PAGES_OF));
}

function tooLate() {
  return new Promise((_, reject) => setTimeout(() => reject(new Error("too late")), PATIENCE));
}
