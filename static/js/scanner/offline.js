// @ts-check

/**
 * Sees to the service worker. A new version takes over only when nothing is going on, and the page
 * is then loaded again; until then the old one goes on with its own files.
 *
 * @param {{idle: () => boolean}} page
 */
export async function keepOnPhone({ idle }) {
  if (!("serviceWorker" in navigator)) return;
  const controlled = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("controllerchange", () => controlled && location.reload());
  const registration = await navigator.serviceWorker.register("/scan/worker.js", { scope: "/scan" }).catch(() => null);
  if (!registration) return;
  void navigator.storage?.persist?.().catch(() => false);
  setInterval(() => idle() && registration.waiting?.postMessage("take over"), 2000);
}
