// Keeps the scanner on the phone: after one visit it starts without a network.
//
// The server puts a line before this file: KEPT = {version, files}. The version is that of all
// static files, so a page and the modules it loads are always of one kind.
/* global KEPT */

const PREFIX = "tixapp-scan-";
const NAME = PREFIX + KEPT.version;
const FILES = new Set(KEPT.files);
const SHELL = /^\/scan\/evt_[a-z2-7]+$/;

/** A door does not wait longer for a page that it has already. Milliseconds. */
const PATIENCE = 3000;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("message", ({ data }) => data === "take over" && self.skipWaiting());
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (FILES.has(pathname)) event.respondWith(file(request));
  else if (request.mode === "navigate" && (SHELL.test(pathname) || pathname === "/scan")) event.respondWith(shell(request, pathname));
});

async function install() {
  const cache = await caches.open(NAME);
  await cache.addAll(KEPT.files);
  for (const path of new Set([...(await earlierShells()), ...(await openShells())])) {
    const response = await fetch(path, { cache: "no-store", redirect: "manual" });
    await keep(cache, path, response);
  }
}

/** The page of the first visit was loaded before there was anybody to keep it. */
async function openShells() {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  return pages.map(({ url }) => new URL(url).pathname).filter((path) => path === "/scan" || SHELL.test(path));
}

async function activate() {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== NAME);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** The pages that the version before could show without a network. */
async function earlierShells() {
  const paths = new Set();
  for (const name of await caches.keys()) {
    if (!name.startsWith(PREFIX)) continue;
    for (const { url } of await (await caches.open(name)).keys()) {
      const { pathname } = new URL(url);
      if (pathname.startsWith("/scan")) paths.add(pathname);
    }
  }
  return paths;
}

/** The decoder's worker needs its own policy, and its file brings it along: the whole answer is kept. */
async function file(request) {
  const cache = await caches.open(NAME);
  return (await cache.match(request, { ignoreVary: true })) ?? fetch(request);
}

async function shell(request, path) {
  const cache = await caches.open(NAME);
  const kept = await cache.match(path, { ignoreVary: true });
  try {
    const response = await (kept ? Promise.race([fetch(request), tooLate()]) : fetch(request));
    await keep(cache, path, response.clone());
    return response.status >= 500 && kept ? kept : response;
  } catch (fault) {
    if (kept) return kept;
    throw fault;
  }
}

function tooLate() {
  return new Promise((_, reject) => setTimeout(() => reject(new Error("too late")), PATIENCE));
}

/** Only a page of this version: one of another would look for files that are not here. */
async function keep(cache, path, response) {
  if (!response.ok || response.redirected) return;
  const text = await response.clone().text();
  if (text.includes(KEPT.version)) await cache.put(path, response);
}
