"""Sends events to webhook endpoints in the background, and again until they are taken.

What is to be sent is a row, so that a sandbox that was killed goes on where it stopped. An
endpoint that answers with anything but 2xx, or not within 20 seconds, is tried again after each of
`RETRY_AFTER`.
"""

import queue
import threading
import time
from dataclasses import dataclass

from sandbox.stripe import clock, events, faults
from sandbox.stripe.outgoing import post
from sandbox.stripe.signing import signature
from sandbox.stripe.store import Doc, Store

RETRY_AFTER = (1, 3, 10, 30, 120, 600, 3_600, 3 * 3_600, 12 * 3_600, 24 * 3_600)
WORKERS = 16
BATCH = 64
IDLE = 1.0


@dataclass(frozen=True)
class Parcel:
    """One attempt: all that is needed to make it, without the database."""

    delivery: int
    attempt: int
    url: str
    secret: str
    payload: bytes
    copies: int


class Deliveries:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._wake = threading.Event()
        self._parcels: queue.Queue[Parcel] = queue.Queue()
        self._under_way: set[int] = set()
        self._changed = threading.Condition()

    def start(self) -> None:
        threading.Thread(target=self._watch, name="deliveries", daemon=True).start()
        for number in range(WORKERS):
            threading.Thread(target=self._work, name=f"delivery-{number}", daemon=True).start()

    def wake(self) -> None:
        self._wake.set()

    # what is due

    def _watch(self) -> None:
        while True:
            sent = self._send_due()
            if not sent:
                self._wake.wait(self._pause())
            self._wake.clear()

    def _pause(self) -> float:
        row = self._store.row("SELECT MIN(next_at) FROM deliveries WHERE state = 'pending'")
        now = time.time() + clock.offset(self._store)
        return IDLE if row[0] is None else min(IDLE, max(0.01, row[0] - now))

    def _send_due(self) -> int:
        now = time.time() + clock.offset(self._store)
        rows = self._store.rows(
            "SELECT id, event, endpoint, attempts FROM deliveries WHERE state = 'pending' AND"
            " next_at <= ?"
            " ORDER BY next_at, id LIMIT ?",
            (now, BATCH + len(self._under_way)),
        )
        fresh = [row for row in rows if row[0] not in self._under_way]
        for row in fresh:
            delivery, event, endpoint, attempts = row
            parcel = self._pack(delivery, event, endpoint, attempts, now)
            if parcel is not None:
                with self._changed:
                    self._under_way.add(parcel.delivery)
                self._parcels.put(parcel)
        return len(fresh)

    def _pack(
        self, delivery: int, event_id: str, endpoint_id: str, attempts: int, now: float
    ) -> Parcel | None:
        with self._store.transaction():
            event, endpoint = self._store.find(event_id), self._store.find(endpoint_id)
            if event is None or endpoint is None or endpoint.body["status"] != "enabled":
                self._finish(delivery, "failed", "endpoint is gone or disabled")
                return None
            copies = self._meet_fault(delivery, event, now) if attempts == 0 else 1
            if copies == 0:
                return None
            self._store.run(
                "UPDATE deliveries SET attempts = attempts + 1 WHERE id = ?", (delivery,)
            )
            pending = self._store.row(
                "SELECT COUNT(*) FROM deliveries WHERE event = ? AND state = 'pending'", (event_id,)
            )[0]
        payload = events.payload(event, pending)
        return Parcel(
            delivery, attempts + 1, endpoint.body["url"], endpoint.hidden["secret"], payload, copies
        )

    def _meet_fault(self, delivery: int, event: Doc, now: float) -> int:
        """How many times to send now: 0 when a fault holds the delivery back or loses it."""
        held = self._store.row("SELECT last_status FROM deliveries WHERE id = ?", (delivery,))[0]
        if held == "held back":
            return 1
        fault = faults.take_for_delivery(self._store, event.body["type"], event.account, now)
        if fault is None:
            return 1
        if fault.action == "duplicate":
            return fault.times
        if fault.action == "lose":
            self._finish(delivery, "failed", "lost on purpose")
            return 0
        at = now + fault.seconds
        if fault.action == "reorder":
            at = fault.since + fault.seconds - 0.1 * fault.used
        self._store.run(
            "UPDATE deliveries SET next_at = ?, last_status = 'held back' WHERE id = ?",
            (at, delivery),
        )
        return 0

    # one attempt

    def _work(self) -> None:
        while True:
            parcel = self._parcels.get()
            header = signature(parcel.payload, parcel.secret, clock.real_now())
            status = post(parcel.url, parcel.payload, header)
            for _ in range(parcel.copies - 1):
                post(parcel.url, parcel.payload, header)
            self._note(parcel, status)

    def _note(self, parcel: Parcel, status: str) -> None:
        with self._store.transaction():
            if status.startswith("2"):
                self._finish(parcel.delivery, "delivered", status)
            elif parcel.attempt > len(RETRY_AFTER):
                self._finish(parcel.delivery, "failed", status)
            else:
                at = time.time() + clock.offset(self._store) + RETRY_AFTER[parcel.attempt - 1]
                self._store.run(
                    "UPDATE deliveries SET next_at = ?, last_status = ? WHERE id = ?",
                    (at, status, parcel.delivery),
                )
        with self._changed:
            self._under_way.discard(parcel.delivery)
            self._changed.notify_all()
        self.wake()

    def _finish(self, delivery: int, state: str, status: str) -> None:
        self._store.run(
            "UPDATE deliveries SET state = ?, last_status = ? WHERE id = ?",
            (state, status, delivery),
        )

    # for the pages and the controls

    def wait_for_answer(self, event_id: str, seconds: float) -> None:
        """Until every endpoint has answered once to this event, or time is up."""
        self._wait(
            "SELECT COUNT(*) FROM deliveries WHERE event = ? AND state = 'pending' AND"
            " (last_status IS NULL)",
            (event_id,),
            seconds,
        )

    def settle(self, seconds: float) -> bool:
        """Sends all that is pending now, and waits until nothing is under way."""
        with self._store.transaction():
            self._store.run("UPDATE deliveries SET next_at = 0 WHERE state = 'pending'")
        return self._wait(
            "SELECT COUNT(*) FROM deliveries WHERE state = 'pending' AND next_at = 0", (), seconds
        )

    def _wait(self, sql: str, values: tuple[str, ...], seconds: float) -> bool:
        ends = time.monotonic() + seconds
        self.wake()
        while self._store.row(sql, values)[0]:
            left = ends - time.monotonic()
            if left <= 0:
                return False
            with self._changed:
                self._changed.wait(min(left, 0.05))
        return True


def redeliver(store: Store, event_id: str, times: int, now: int) -> int:
    """Queues further deliveries of an event to each endpoint it went to, inside a transaction."""
    rows = store.rows(
        "SELECT DISTINCT endpoint, account, type FROM deliveries WHERE event = ?", (event_id,)
    )
    for endpoint, account, kind in rows:
        for _ in range(times):
            store.run(
                "INSERT INTO deliveries (event, endpoint, account, type, state, next_at, created)"
                " VALUES (?, ?, ?, ?, 'pending', ?, ?)",
                (event_id, endpoint, account, kind, now, now),
            )
    return len(rows) * times
