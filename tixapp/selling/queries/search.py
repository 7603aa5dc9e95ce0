"""Finding orders by whatever a buyer says on the telephone: a name, an address, a number."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from tixapp.accounts.errors import BadAddress
from tixapp.accounts.models import User
from tixapp.accounts.rules import address
from tixapp.core.db import db
from tixapp.events.queries import named
from tixapp.events.rules import search_words
from tixapp.orders.models import Order
from tixapp.tickets.models import Ticket

TEXT_MOST = 200
LIKE_SIGNS = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def found_orders(
    event_id: int, text: str, *, before: str | None, limit: int
) -> list[tuple[Order, User]]:
    """Orders of an event with their buyers, the newest first. `before`: the last one seen."""
    query = (
        sa.select(Order, User)
        .join(User, User.id == Order.buyer_id)
        .where(Order.id.in_(matching(event_id, text)), Order.event_id == event_id)
        .options(selectinload(Order.lines))
    )
    if before is not None:
        last = sa.select(Order.id).where(named(Order.public_id, before), Order.event_id == event_id)
        query = query.where(Order.id < last.scalar_subquery())
    rows = db.session.execute(query.order_by(Order.id.desc()).limit(limit))
    return [(row[0], row[1]) for row in rows]


def guests(
    event_id: int, text: str, *, after: str | None, limit: int
) -> Sequence[tuple[Ticket, User, str]]:
    """(ticket with its tier, who bought it, the order's id), in the order of issue.

    `after`: the ticket seen last. With a text: those of the orders that it finds.
    """
    query = (
        sa.select(Ticket, User, Order.public_id)
        .join(Order, Order.id == Ticket.order_id)
        .join(User, User.id == Order.buyer_id)
        .where(Ticket.event_id == event_id)
        .options(joinedload(Ticket.tier))
    )
    if text:
        query = query.where(Ticket.order_id.in_(matching(event_id, text)))
    if after is not None:
        last = sa.select(Ticket.id).where(
            named(Ticket.public_id, after), Ticket.event_id == event_id
        )
        query = query.where(Ticket.id > last.scalar_subquery())
    rows = db.session.execute(query.order_by(Ticket.id).limit(limit))
    return [(row[0], row[1], row[2]) for row in rows]


def matching(event_id: int, text: str) -> "sa.CompoundSelect[Any]":
    """The ids of an event's orders that `text` names. Each way has an index of its own."""
    text = text.replace("\x00", "").strip()[:TEXT_MOST]
    number = "".join(text.split()).replace("-", "").upper()
    by_ticket = sa.select(Ticket.order_id).where(
        Ticket.public_id == number, Ticket.event_id == event_id
    )
    by_order = sa.select(Order.id).where(
        Order.public_id == text.lower(), Order.event_id == event_id
    )
    ways = [by_order, by_ticket, *(_bought_by(event_id, who) for who in _people(text))]
    if words := _words(text):
        ways.append(_renamed(event_id, words))
    return sa.union(*ways)


def _people(text: str) -> list["sa.ColumnElement[bool]"]:
    people: list[sa.ColumnElement[bool]] = []
    with suppress(BadAddress):
        people.append(User.email_key == address(text).key)
    if text:
        start = text.lower().translate(LIKE_SIGNS)
        people.append(sa.func.lower(User.email).like(f"{start}%", escape="\\"))
    if words := _words(text):
        people.append(_says(User.name, words))
    return people


def _bought_by(event_id: int, who: "sa.ColumnElement[bool]") -> "sa.Select[Any]":
    return (
        sa.select(Order.id)
        .join(User, User.id == Order.buyer_id)
        .where(who, Order.event_id == event_id)
    )


def _renamed(event_id: int, words: str) -> "sa.Select[Any]":
    return sa.select(Ticket.order_id).where(
        Ticket.event_id == event_id,
        Ticket.renamed_at.is_not(None),
        _says(Ticket.holder_name, words),
    )


def _says(column: Any, words: str) -> "sa.ColumnElement[bool]":
    """Every word typed begins a word of the name, whatever its accents and capitals."""
    simple: sa.ColumnElement[str] = sa.literal_column("'simple'")
    vector = sa.func.to_tsvector(simple, sa.func.fold_words(column))
    return vector.bool_op("@@")(sa.func.to_tsquery(simple, words))


def _words(text: str) -> str:
    # Letters and digits only, so that nothing in it is an operator.
    return " & ".join(f"'{word}':*" for word in search_words(text))
