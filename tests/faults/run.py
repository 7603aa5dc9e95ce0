"""One run: people buy, scan and give back, processes are killed; then the books are compared."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.journeys.running import Running

from . import aftermath
from .crowd import Buyer, Door, Sold
from .journal import UNKNOWN, Journal
from .person import SERVER_FAULT, Person
from .refunder import Refunder
from .scene import OnSale, make_event, make_keys
from .strikes import Strikes

TIERS = ((2000, 200), (4500, 70), (0, 30))
LIMIT = 20
DOORS, REFUNDERS = 5, 2
LAST_TRIES = 60.0


@dataclass(frozen=True)
class Plan:
    name: str
    seconds: float
    seed: int
    buyers: int = 50
    strikes: bool = True


@dataclass
class Outcome:
    plan: Plan
    violations: list[str]
    states: dict[str, dict[str, int]]
    answers: dict[str, int]
    strikes: dict[str, int]
    stripe_faults: dict[str, int]
    recovery_seconds: float
    sold: dict[str, int] = field(default_factory=dict)


def go(running: Running, plan: Plan, *, seller_key: str, say: Callable[[str], None]) -> Outcome:
    on_sale = make_event(running, seller_key, f"Load {plan.name}", TIERS, limit=LIMIT)
    journal = Journal(running.folder / "instance" / f"operations-{plan.name}.jsonl")
    over = threading.Event()
    sold = Sold()
    people = [
        *_buyers(running, plan, journal, over, on_sale, sold),
        *_doors(running, plan, journal, over, on_sale, sold, seller_key),
        *_refunders(running, plan, journal, over, sold, seller_key),
    ]
    strikes = Strikes(running, f"{plan.seed} strikes", over)
    doing = [one.run for one in people] + ([strikes.run] if plan.strikes else [])
    say(f"{plan.name}: {plan.buyers} buyers for {plan.seconds:.0f} s, seed {plan.seed}.")
    _for_a_while(doing, plan.seconds, over)
    recovery = aftermath.recover(running)
    left = aftermath.settle(running)
    journal.close()
    say(f"{plan.name}: all runs again after {recovery:.1f} s. Comparing the books.")
    violations = [f"left undone: {count} {what}" for what, count in left.items()]
    violations += aftermath.compare(running, journal, on_sale.event_id)
    violations += _faults_of_ours(journal)
    if not plan.strikes:
        violations += _calm(journal)
    return Outcome(
        plan,
        violations,
        {op: dict(counts) for op, counts in sorted(journal.states().items())},
        {str(status): count for status, count in journal.answers.most_common()},
        dict(strikes.done),
        dict(strikes.faults),
        round(recovery, 1),
        _sales(running, on_sale),
    )


def _buyers(
    running: Running,
    plan: Plan,
    journal: Journal,
    over: threading.Event,
    on_sale: OnSale,
    sold: Sold,
) -> Iterator[Person]:
    for number, key in enumerate(make_keys(running, plan.buyers, prefix=f"{plan.name}-buyer")):
        name = f"buyer {number}"
        buyer = Buyer(name, key, running.url, journal, f"{plan.name} {plan.seed} {name}", over)
        buyer.event_id, buyer.tiers, buyer.sold = on_sale.event_id, on_sale.tiers, sold
        yield buyer


def _doors(
    running: Running,
    plan: Plan,
    journal: Journal,
    over: threading.Event,
    on_sale: OnSale,
    sold: Sold,
    key: str,
) -> Iterator[Person]:
    for number in range(DOORS):
        name = f"door {number}"
        door = Door(name, key, running.url, journal, f"{plan.name} {plan.seed} {name}", over)
        door.event_id, door.sold = on_sale.event_id, sold
        yield door


def _for_a_while(doing: list[Callable[[], None]], seconds: float, over: threading.Event) -> None:
    broken: list[BaseException] = []

    def guarded(do: Callable[[], None]) -> None:
        try:
            do()
        except BaseException as fault:
            broken.append(fault)

    threads = [threading.Thread(target=guarded, args=[do], daemon=True) for do in doing]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    over.set()
    end = time.monotonic() + LAST_TRIES
    for thread in threads:
        thread.join(max(0.1, end - time.monotonic()))
    if broken:
        raise broken[0]
    if any(thread.is_alive() for thread in threads):
        raise AssertionError("somebody still waits for an answer a minute after the end")


def _refunders(
    running: Running, plan: Plan, journal: Journal, over: threading.Event, sold: Sold, key: str
) -> Iterator[Person]:
    for number in range(REFUNDERS):
        name = f"refunder {number}"
        seed = f"{plan.name} {plan.seed} {name}"
        refunder = Refunder(name, key, running.url, journal, seed, over)
        refunder.sold = sold
        yield refunder


def _faults_of_ours(journal: Journal) -> list[str]:
    """Whatever is away is told as 503; a 500 is a fault of the program."""
    count = journal.answers[SERVER_FAULT]
    return [f"{count} answers were 500"] if count else []


def _calm(journal: Journal) -> list[str]:
    """Without strikes every operation gets an answer, and none is a fault of the server."""
    unknown = [done for done in journal.operations if done.state == UNKNOWN]
    return [f"without any strike, {done.op} got {done.status}" for done in unknown]


def _sales(running: Running, on_sale: OnSale) -> dict[str, int]:
    query = """
        SELECT t.status, count(*) FROM tickets t JOIN events e ON e.id = t.event_id
        WHERE e.public_id = %s GROUP BY 1
    """
    with aftermath.database(running) as connection:
        rows: list[Any] = connection.execute(query, [on_sale.event_id]).fetchall()
    return {str(status): int(count) for status, count in rows}
