"""What is measured, in which order. Each beside the bare view, in turns, under the same load."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from tests.journeys.running import Running

from . import room, scenes
from .fulfilment import fulfilments, wait_for_quiet
from .load import Act, Measured, measure
from .processes import bare_server, cpu_seconds, memory_megabytes
from .stage import Stage, codes_of, door_keys, sell, set_up
from .statements import Counter

BUYERS = 60_000
SMALL = 1000
MANY = 20
SCANNED = 20_000
SCANNERS = 64
FULFILLED = 100
IDLE = "idle"
REST_SECONDS = 5


@dataclass(frozen=True)
class Plan:
    seconds: float
    clients: tuple[int, ...]
    tickets: int
    purchase_seconds: float
    crowd: int
    only: tuple[str, ...] = ()

    def wants(self, what: str) -> bool:
        return not self.only or what in self.only


class Bench:
    def __init__(self, running: Running, plan: Plan, say: Callable[[str], None]) -> None:
        self.running, self.plan, self.say = running, plan, say
        self.stage: Stage = set_up(running, buyers=BUYERS + plan.crowd)
        self.buyers = scenes.Buyers(self.stage)
        self.found: dict[str, Any] = {"rows": [], "statements": {}, "cpu": {}, "memory": {}}

    def everything(self) -> dict[str, Any]:
        self.found["memory"][IDLE] = self._memory()
        self._rest()
        with bare_server(self.running) as port:
            self.bare_port = port
            for what in ("holds", "scans", "webhooks", "rooms"):
                if self.plan.wants(what):
                    getattr(self, what)()
        if self.plan.wants("purchases"):
            self.purchases()
        self.found["memory"]["under load"] = self._memory()
        return self.found

    def holds(self) -> None:
        small, hot = self.stage.event("Small"), self.stage.event("Large")
        many = [self.stage.event(f"Many {n}", tiers=5) for n in range(MANY)]
        self.say(f"selling {SMALL} and {self.plan.tickets} tickets")
        sell(self.stage, small, SMALL)
        sell(self.stage, hot, self.plan.tickets)
        self._count("hold", scenes.holds(self.buyers, [hot]))
        self._compare("hold, one tier, 1,000 sold", lambda: scenes.holds(self.buyers, [small]))
        self._compare(
            f"hold, one tier, {self.plan.tickets:,} sold",
            lambda: scenes.holds(self.buyers, [hot]),
        )
        self._compare(f"hold, {MANY * 5} tiers", lambda: scenes.holds(self.buyers, many))

    def scans(self) -> None:
        on_sale = self.stage.event("Doors")
        sell(self.stage, on_sale, SCANNED * len(self.plan.clients))
        codes = iter(codes_of(self.stage, on_sale, SCANNED * len(self.plan.clients)))
        act = scenes.scans(door_keys(self.stage, SCANNERS), on_sale, list(codes))
        self._count("scan", act)
        self._compare("scan", lambda: act)

    def webhooks(self) -> None:
        secret = self.running.settings()["STRIPE_CONNECT_WEBHOOK_SECRET"]
        act = scenes.webhooks(secret, "acct_bench")
        self._count("webhook", act)
        self._compare("webhook received", lambda: act)
        wait_for_quiet(self.running)
        on_sale = self.stage.event("Drop")
        self.found["fulfilments"] = fulfilments(self.running, self.buyers, on_sale, FULFILLED)
        self.say(f"fulfilled by webhook: {self.found['fulfilments']} a second")

    def rooms(self) -> None:
        """The document beside a view that answers with a constant; joins beside one INSERT; and a
        crowd."""
        on_sale = room.with_room(self.stage, "Room", opens="1 hour")
        self._compare("room document", lambda: room.document(on_sale), room.bare_document)
        known = room.known_document(self.running, on_sale)
        self._compare("room document, known", lambda: known, room.bare_document)
        act = room.joins(self.buyers, on_sale)
        self._count("join", act)
        self._compare("join", lambda: act)
        self.found["crowd"] = room.crowd(self.stage, self.buyers, self.plan.crowd)
        self.say(f"crowd: {self.found['crowd']}")

    def purchases(self) -> None:
        on_sale = self.stage.event("Sale")
        wait_for_quiet(self.running)
        act = scenes.purchases(self.buyers, on_sale)
        self._count("purchase", act)
        # Each connection plans a statement anew five times before it keeps a plan, and reads what
        # PostgreSQL knows of its tables first: a server that has just started is another figure.
        self._buy("purchase, just started", act, max(self.plan.clients), self.plan.purchase_seconds)
        for clients in self.plan.clients:
            self._buy("purchase", act, clients, self.plan.purchase_seconds)

    def _buy(self, name: str, act: Act, clients: int, seconds: float) -> None:
        before = cpu_seconds(self.running)
        row = self._measure(name, act, clients, seconds)
        wait_for_quiet(self.running)
        self._cost(f"{name}, {clients} clients", before, row.done)

    def _rest(self) -> None:
        """What everything costs while nobody asks for anything."""
        before = cpu_seconds(self.running)
        time.sleep(REST_SECONDS)
        self._cost("second of rest", before, REST_SECONDS)

    def _compare(
        self, name: str, make: Callable[[], Act], bare: Callable[[], Act] = scenes.bare
    ) -> None:
        for clients in self.plan.clients:
            least = measure(self.bare_port, bare(), clients=clients, seconds=self.plan.seconds)
            before = cpu_seconds(self.running)
            row = self._measure(name, make(), clients, self.plan.seconds, least)
            self._cost(f"{name}, {clients} clients", before, row.done)

    def _measure(
        self, name: str, act: Act, clients: int, seconds: float, bare: Measured | None = None
    ) -> Measured:
        row = measure(self.running.port, act, clients=clients, seconds=seconds)
        if not row.went_well:
            self.say(f"{name}: {row.statuses}")
        told = {"name": name, **asdict(row)}
        if bare is not None:
            told |= {"bare": asdict(bare), "share": round(row.rate / bare.rate, 3)}
        self.found["rows"].append(told)
        self.say(f"{name}, {clients} clients: {row.rate}/s, bare {bare.rate if bare else '-'}")
        return row

    def _count(self, name: str, act: Act) -> None:
        counter = Counter(self.running)
        try:
            self.found["statements"][name] = counter.of(act)
        finally:
            counter.close()

    def _cost(self, name: str, before: dict[str, float], done: int) -> None:
        after = cpu_seconds(self.running)
        spent = {part: round((after[part] - before[part]) * 1000 / done, 2) for part in after}
        self.found["cpu"][name] = {**spent, "all": round(sum(spent.values()), 2)}
        self.say(f"{name}: {self.found['cpu'][name]} ms of CPU")

    def _memory(self) -> dict[str, float]:
        return {name: memory_megabytes(self.running, name) for name in ("web", "worker", "clock")}


def run(running: Running, plan: Plan, *, say: Callable[[str], None]) -> dict[str, Any]:
    return Bench(running, plan, say).everything()
