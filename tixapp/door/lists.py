"""The list that a phone judges by when it is alone: docs/door.md, section 4.

A ticket's row carries the transaction that last changed it. A list goes up to the oldest
transaction that was still open when it was read (`xmin`): all before it is in the list, and the
next delta asks for what is not before it. Nothing is counted or locked for that, so no scan waits
for another, and a delta costs what changed, however many tickets there are.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from tixapp.core.db import db
from tixapp.core.errors import Invalid
from tixapp.events.models import Event, Tier
from tixapp.tickets.models import CheckIn, Ticket
from tixapp.tickets.queries import door_counts
from tixapp.tickets.rotating import WINDOW

from .actions.gates import PIN_ROUNDS
from .models import Seal
from .queries import gates_of, pin_of, state_of
from .seals import DoorKeys, b64url

ROWS_A_PAGE = 5000
_READ_UP_TO = sa.text(
    "SELECT (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint,"
    " (SELECT system_identifier FROM pg_control_system())"
)


@dataclass(frozen=True, slots=True)
class Seq:
    """`epoch`: this database's own, since another one counts its transactions anew."""

    epoch: int
    mark: int

    def __str__(self) -> str:
        return f"{self.epoch}.{self.mark}"

    @classmethod
    def read(cls, text: str | None) -> "Seq | None":
        epoch, _, mark = (text or "").partition(".")
        if not (epoch + mark).isascii() or not epoch.isdigit() or not mark.isdigit():
            return None
        return cls(int(epoch[:20]), int(mark[:20]))


@dataclass(frozen=True, slots=True)
class Wish:
    """`since`: only what changed after it; None: everything. `seq`: up to where; `after`: the last
    ticket of the page before."""

    since: Seq | None
    seq: Seq
    after: str = ""

    @classmethod
    def read(cls, since: str | None, more: str | None) -> "Wish":
        """Raises Invalid for a `more` that we did not give."""
        present = _present()
        known = Seq.read(since)
        if known and (known.epoch != present.epoch or known.mark > present.mark):
            known = None
        if not more:
            return cls(known, present)
        text, _, after = more.partition("~")
        seq = Seq.read(text)
        if seq is None or seq.epoch != present.epoch or not after.isalnum():
            raise Invalid("Ask for the list from its beginning.", {"more": "is not ours"})
        return cls(known, seq, after)


def door_list(event: Event, wish: Wish, keys: DoorKeys, *, now: datetime) -> dict[str, Any]:
    """One page. Names that were not sealed yet are, and the seals kept."""
    tiers = db.session.execute(
        sa.select(Tier.id, Tier.name).where(Tier.event_id == event.id).order_by(Tier.id)
    ).all()
    places = {tier.id: place for place, tier in enumerate(tiers)}
    rows = _rows(event.id, wish)
    page, more = rows[:ROWS_A_PAGE], len(rows) > ROWS_A_PAGE
    seals = _sealed(page, event, keys)
    nothing_new = wish.since is not None and not rows and not wish.after
    return {
        "v": 1,
        "event": event.public_id,
        "seq": str(wish.since if nothing_new else wish.seq),
        "since": str(wish.since) if wish.since else None,
        "more": f"{wish.seq}~{page[-1].public_id}" if more else None,
        "made_ms": int(now.timestamp() * 1000),
        "head": _head(event, [tier.name for tier in tiers], places, keys),
        "rows": [_row(row, places, seals[row.id], keys) for row in page],
    }


def _present() -> Seq:
    mark, system = db.session.execute(_READ_UP_TO).one()
    return Seq(int(system) % 1_000_003, int(mark))


def _rows(event_id: int, wish: Wish) -> list[Any]:
    """One more than a page holds, to know whether there is another."""
    others = aliased(Ticket)
    query = (
        sa.select(
            Ticket.id,
            Ticket.public_id,
            Ticket.tier_id,
            Ticket.status,
            Ticket.frozen_at,
            Ticket.inside,
            Ticket.entries,
            Ticket.order_id,
            Ticket.holder_name,
            CheckIn.at,
            CheckIn.gate_number,
            Seal.made_from,
            Seal.name.label("seal"),
            Seal.rotating,
            sa.exists()
            .where(others.order_id == Ticket.order_id, others.id != Ticket.id)
            .label("in_company"),
        )
        .join(
            CheckIn,
            (CheckIn.ticket_id == Ticket.id)
            & CheckIn.undone_at.is_(None)
            & CheckIn.left_at.is_(None),
            isouter=True,
        )
        .join(Seal, Seal.ticket_id == Ticket.id, isouter=True)
        .where(Ticket.event_id == event_id, Ticket.public_id > wish.after)
        .order_by(Ticket.public_id)
        .limit(ROWS_A_PAGE + 1)
    )
    if wish.since is not None:
        query = query.where(Ticket.door_mark >= wish.since.mark)
    return list(db.session.execute(query))


def _row(row: Any, places: dict[int, int], seals: tuple[str, str], keys: DoorKeys) -> list[Any]:
    values = [
        row.public_id,
        places[row.tier_id],
        state_of(row.status, inside=row.inside, is_frozen=row.frozen_at is not None),
        row.entries,
        int(row.at.timestamp()) if row.at else 0,
        row.gate_number or 0,
        keys.group(row.order_id) if row.in_company else "",
        *seals,
    ]
    while not values[-1]:
        values.pop()
    return values


def _sealed(rows: list[Any], event: Event, keys: DoorKeys) -> dict[int, tuple[str, str]]:
    """(name, rotating) of each. Made once: a seal takes a signature, which takes its time."""
    found, fresh = {}, []
    for row in rows:
        made_from = _made_from(row.holder_name, event, keys)
        if row.made_from == made_from:
            found[row.id] = (row.seal, row.rotating)
            continue
        name = keys.seal_name(row.public_id, row.holder_name)
        rotating = (
            keys.seal_rotating(row.public_id, row.holder_name) if event.has_rotating_codes else ""
        )
        found[row.id] = (name, rotating)
        fresh.append(
            {"ticket_id": row.id, "made_from": made_from, "name": name, "rotating": rotating}
        )
    _keep(fresh)
    return found


def _keep(seals: list[dict[str, Any]]) -> None:
    if not seals:
        return
    adding = insert(Seal)
    new = {name: adding.excluded[name] for name in ("made_from", "name", "rotating")}
    db.session.execute(adding.on_conflict_do_update(index_elements=["ticket_id"], set_=new), seals)


def _made_from(name: str, event: Event, keys: DoorKeys) -> bytes:
    kind = b"rotating:" if event.has_rotating_codes else b"static:"
    return sha256(keys.fingerprint + kind + name.encode()).digest()[:16]


def _head(event: Event, tiers: list[str], places: dict[int, int], keys: DoorKeys) -> dict[str, Any]:
    pin = pin_of(event.id)
    return {
        "name": event.name,
        "timezone": event.timezone,
        "starts_ms": int(event.starts_at.timestamp() * 1000),
        "over_ms": int(event.over_at.timestamp() * 1000),
        "entry": event.entry.value,
        "codes": "rotating" if event.has_rotating_codes else "static",
        "window_s": WINDOW,
        "whole_order": True,
        "tiers": tiers,
        "gates": [
            {
                "number": gate.number,
                "name": gate.name,
                "tiers": None
                if gate.tier_ids is None
                else [places[tier] for tier in gate.tier_ids if tier in places],
            }
            for gate in gates_of(event.id)
        ],
        "keys": keys.ticket_keys,
        "pin": {"salt": b64url(pin.salt), "rounds": PIN_ROUNDS, "hash": b64url(pin.hash)}
        if pin
        else None,
        "counts": door_counts(event.id),
    }
