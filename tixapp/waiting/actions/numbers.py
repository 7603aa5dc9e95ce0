"""Counting who waits, under the lock of the list."""

from collections import Counter
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from tixapp.core.db import db
from tixapp.waiting.models import WaitingCount, WaitingEntry, WaitingList
from tixapp.waiting.queries.list import locked_list
from tixapp.waiting.rules.list import stretches

_LESS = sa.text(
    """
    UPDATE waiting_counts AS had SET waiting = had.waiting - gone.places
    FROM unnest(CAST(:keys AS bigint[]), CAST(:levels AS int[]), CAST(:stretches AS bigint[]),
        CAST(:places AS int[])) AS gone(tier_key, level, stretch, places)
    WHERE had.event_id = :event_id AND had.tier_key = gone.tier_key
        AND had.level = gone.level AND had.stretch = gone.stretch
    """
)


def open_list(event_id: int) -> WaitingList:
    """The list of an event, made if need be, locked and fresh. Stocks are locked before it."""
    found = locked_list(event_id)
    if found is not None:
        return found
    made = insert(WaitingList).values(event_id=event_id, next_number=1, waiting=0)
    db.session.execute(made.on_conflict_do_nothing())
    found = locked_list(event_id)
    assert found is not None  # noqa: S101 - it has just been made, and none is ever removed
    return found


def count_in(line: WaitingList, entries: Iterable[WaitingEntry]) -> None:
    """These wait now."""
    counts = _counts(entries)
    if not counts:
        return
    line.waiting += sum(places for (_key, level, _at), places in counts.items() if level == 1)
    rows = [
        {"event_id": line.event_id, "tier_key": key, "level": level, "stretch": at, "waiting": n}
        for (key, level, at), n in sorted(counts.items())
    ]
    more = insert(WaitingCount).values(rows)
    db.session.execute(
        more.on_conflict_do_update(
            index_elements=["event_id", "tier_key", "level", "stretch"],
            set_={"waiting": WaitingCount.waiting + more.excluded.waiting},
        )
    )


def count_out(line: WaitingList, entries: Iterable[WaitingEntry]) -> None:
    """These wait no longer."""
    counts = _counts(entries)
    if not counts:
        return
    line.waiting -= sum(places for (_key, level, _at), places in counts.items() if level == 1)
    db.session.execute(
        _LESS,
        {
            "event_id": line.event_id,
            "keys": [key for key, _level, _at in counts],
            "levels": [level for _key, level, _at in counts],
            "stretches": [at for _key, _level, at in counts],
            "places": list(counts.values()),
        },
    )


def _counts(entries: Iterable[WaitingEntry]) -> Counter[tuple[int, int, int]]:
    """(tier key, level, stretch) → how many of these entries are in it."""
    return Counter(
        (entry.tier_key, level, at)
        for entry in entries
        for level, at in stretches(entry.number).items()
    )
