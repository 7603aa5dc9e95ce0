"""How long it takes from a code in view to the verdict on the screen. Prints, and judges nothing:

    make test T="tests/journeys/time_to_verdict.py -s"

While a code is in view the film has a white corner. Each picture that the browser shows is looked
at there, so the time begins with the picture in which the code first stands, as the page got it.
"""

from __future__ import annotations

import os
import signal
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from tests.factories.tickets import make_ticket
from tests.journeys.camera import Scene
from tests.journeys.doors import LOOKS, PATIENCE, Door, Stand, door, stand
from tests.journeys.running import _children, _command_line
from tixapp.accounts.models import User
from tixapp.core.db import db
from tixapp.events.models import Tier
from tixapp.tickets.keys import ticket_codes
from tixapp.tickets.models import Ticket

__all__ = ["door", "stand"]

CODES = 24
WATCH = """() => {
    const video = document.querySelector("[data-part=video]");
    const verdict = document.querySelector("[data-part=verdict]");
    const corner = new OffscreenCanvas(8, 8).getContext("2d", { willReadFrequently: true });
    let seenAt = null;
    window.took = [];
    const look = () => {
        corner.drawImage(video, 4, 4, 8, 8, 0, 0, 8, 8);
        const white = corner.getImageData(4, 4, 1, 1).data[0] > 200;
        if (!white) seenAt = null;
        else if (seenAt === null) seenAt = performance.now();
        video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
    new MutationObserver(() => {
        if (verdict.hidden || seenAt === null || window.took.at(-1)?.seenAt === seenAt) return;
        const { result } = verdict.dataset;
        window.took.push({ seenAt, result, ms: performance.now() - seenAt });
    }).observe(verdict, { attributes: true });
}"""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("online", [False, True], ids=["offline", "online"])
@pytest.mark.parametrize("slow", ["", "page", "all"], ids=["full", "page-at-4", "renderer-at-4"])
def test_time_from_code_in_view_to_verdict(
    door: Door, stand: Stand, online: bool, slow: str
) -> None:
    """`page`: by DevTools, which slows the page's own thread four times. `all`: the whole process
    of the page, the reader's thread with it, runs a quarter of the time."""
    scenes = [Scene(seconds=6)]
    for number, code in enumerate(more_codes()):
        scenes += [Scene(code, seconds=1.5, look=LOOKS[number % 6]), Scene(seconds=2.2)]
    page = stand(*scenes)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.get_by_role("button", name="Phone").click()
    line = page.locator("[data-part=phone-line]")
    expect(line).to_contain_text(f"{CODES + 6} tickets kept", timeout=PATIENCE)
    page.keyboard.press("Escape")
    if not online:
        door.network(there=False)
    page.get_by_role("button", name="Start scanning").click()
    expect(page.locator("[data-scanner][data-camera=live]")).to_be_visible()
    page.evaluate(WATCH)
    with slowed(page, slow):
        page.wait_for_timeout(6_000 + CODES * 3_700)
    took = page.evaluate("window.took")
    times = sorted(one["ms"] for one in took if one["result"] == "admitted")
    assert times
    print(  # noqa: T201 - that is what it is for
        f"\n{'online' if online else 'offline'} {slow or 'full'}: {len(times)} of {CODES} codes,"
        f" median {statistics.median(times):.0f} ms, worst {times[-1]:.0f} ms,"
        f" 90 of 100 under {times[int(len(times) * 0.9)]:.0f} ms"
    )


def more_codes() -> list[str]:
    floor = db.session.scalars(sa.select(Tier)).one()
    holder_id = db.session.scalars(sa.select(Ticket.holder_id)).first()
    bob = db.session.get_one(User, holder_id)
    made = [make_ticket(floor, bob).public_id for _ in range(CODES)]
    return [ticket_codes().code_for(number) for number in made]


@contextmanager
def slowed(page: Page, what: str) -> Iterator[None]:
    if what == "page":
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
    if what != "all":
        yield
        return
    over = threading.Event()
    thread = threading.Thread(target=_stop_and_go, args=(_renderers(), over))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _renderers() -> list[int]:
    """The pages' processes of the browsers that we started."""
    return [pid for pid in _children(os.getpid()) if "--type=renderer" in _command_line(pid)]


def _stop_and_go(processes: list[int], over: threading.Event) -> None:
    while not over.is_set():
        for action, seconds in ((signal.SIGSTOP, 0.03), (signal.SIGCONT, 0.01)):
            for process in processes:
                os.kill(process, action)
            time.sleep(seconds)
