"""No more room on the disk of the web server: a process whose files may not grow by a byte."""

from __future__ import annotations

import io
import json
import random
import resource
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from tests.journeys.running import Running, _children

from .scene import make_event
from .shopping import Shopper
from .visitor import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

ADDRESS = "gallery@load.example.com"
NOT_KEPT, KEPT = b"could not be kept just now", b"This is the picture of your event"


def test_sales_and_pages_go_on_without_their_log(tixapp: Running, shopper: Shopper) -> None:
    with full_disk(tixapp, "web"):
        assert Visitor(tixapp.url).get("/")[0] == 200
        order = shopper.order()
        shopper.pay(order)
        tickets = shopper.tickets(order)
    assert (len(tickets), shopper.letters()) == (2, 1)


def test_a_picture_is_kept_whole_or_not_at_all_and_kept_once_there_is_room(
    tixapp: Running,
) -> None:
    visitor, event = make_gallery(tixapp)
    page, path = f"/sell/events/{event}/edit", f"/sell/events/{event}/picture"
    small, larger, largest = picture(400), picture(500), picture(900)
    with full_disk(tixapp, "web"):
        status, answer = visitor.uploads(path, page, small)
        assert (status, NOT_KEPT in answer) == (200, True)
        # These are laid aside as they come in: by the form, and before it.
        assert visitor.uploads(path, page, larger)[0] == 503
        assert visitor.uploads(path, page, largest)[0] == 503
    assert files(tixapp) == set()
    status, answer = visitor.uploads(path, page, largest)
    assert (status, KEPT in answer) == (200, True)
    assert len(files(tixapp)) == 3


@contextmanager
def full_disk(running: Running, name: str) -> Iterator[None]:
    """What it writes to any file fails at the first byte, as on a disk without room."""
    parent = running.process_id(name)
    processes = [parent, *_children(parent)]
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in processes}
    for pid, (_soft, hard) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        for pid, limits in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


def make_gallery(running: Running) -> tuple[Visitor, str]:
    """A seller who is signed in, and an event of theirs."""
    address, password = f"{secrets.token_hex(4)}-{ADDRESS}", secrets.token_hex(16)
    words = ["--password", password, "--seller", "Gallery"]
    running.command("user", "create", "--email", address, *words)
    key = json.loads(running.command("api-key", "create", "--email", address))["key"]
    visitor = Visitor(running.url)
    visitor.signs_in(address, password)
    return visitor, make_event(running, str(key), "Gallery night", [(1000, 10)], limit=2).event_id


def picture(side: int) -> bytes:
    """Noise, which no format makes smaller."""
    pixels = random.Random(side).randbytes(side * side * 3)
    file = io.BytesIO()
    Image.frombytes("RGB", (side, side), pixels).save(file, "PNG")
    return file.getvalue()


def files(running: Running) -> set[Path]:
    return set((running.folder / "pictures").rglob("*.*"))
