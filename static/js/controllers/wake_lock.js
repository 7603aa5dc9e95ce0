// @ts-check

/** Keeps the screen on while a ticket is shown. */
export default class {
  constructor() {
    this.onVisible = () => this.hold();
  }

  start() {
    document.addEventListener("visibilitychange", this.onVisible);
    this.hold();
  }

  stop() {
    document.removeEventListener("visibilitychange", this.onVisible);
    this.lock?.release();
  }

  async hold() {
    if (document.hidden || !("wakeLock" in navigator)) return;
    this.lock = await navigator.wakeLock.request("screen").catch(() => undefined);
  }
}
