"""How fast paid orders become tickets when only webhooks tell of them, as at a drop."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from urllib.parse import urlencode

from tests.faults.crowd import FORM
from tests.faults.person import send
from tests.faults.scene import OnSale, database
from tests.journeys.running import Running

from .load import measure
from .scenes import Buyers, orders_to_pay

PATIENCE = 120.0


def fulfilments(running: Running, buyers: Buyers, on_sale: OnSale, count: int) -> float:
    """A second: `count` orders are paid while worker and clock sleep, then they wake up."""
    urls: dict[str, str] = {}
    act = orders_to_pay(buyers, on_sale, urls.__setitem__)
    while len(urls) < count:
        measure(running.port, act, clients=4, seconds=1)
    asleep = [running.process_id(name) for name in ("worker", "clock")]
    for pid in asleep:
        os.kill(pid, signal.SIGSTOP)
    try:
        form = urlencode({"action": "pay", "wait": "no"}).encode()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda url: send(url, "POST", FORM, form), urls.values()))
        running.control("/deliveries/flush", seconds=30)
    finally:
        began = time.monotonic()
        for pid in asleep:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
    while _paid(running, list(urls)) < len(urls):
        if time.monotonic() - began > PATIENCE:
            raise RuntimeError("the webhooks were not worked off")
        time.sleep(0.1)
    return round(len(urls) / (time.monotonic() - began), 1)


def wait_for_quiet(running: Running) -> None:
    """Until webhooks, reactions and letters are done: they belong to the purchases."""
    query = """
        SELECT (SELECT count(*) FROM stripe_events WHERE status = 'received')
             + (SELECT count(*) FROM facts WHERE relayed_at IS NULL)
             + (SELECT count(*) FROM reactions WHERE status = 'due')
             + (SELECT count(*) FROM mails WHERE status = 'queued')
    """
    end = time.monotonic() + PATIENCE
    quiet = 0
    with database(running) as connection:
        while quiet < 3 and time.monotonic() < end:
            row = connection.execute(query).fetchone()
            quiet = quiet + 1 if row and row[0] == 0 else 0
            time.sleep(0.3)


def _paid(running: Running, orders: list[str]) -> int:
    query = "SELECT count(*) FROM orders WHERE status = 'paid' AND public_id = ANY(%s)"
    with database(running) as connection:
        row = connection.execute(query, [orders]).fetchone()
    return int(row[0]) if row else 0
