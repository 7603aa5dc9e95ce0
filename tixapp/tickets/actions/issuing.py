"""Issuing tickets, renaming, freezing and voiding them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from tixapp.core.db import db, locked
from tixapp.core.errors import NotFound
from tixapp.core.fixed import Fixed
from tixapp.core.ids import new_ticket_id
from tixapp.tickets.errors import NotStanding
from tixapp.tickets.models import Ticket

_ISSUE = Fixed(
    sa.text(
        """
        INSERT INTO tickets (public_id, order_id, order_line_id, number, event_id, tier_id,
                             holder_id, holder_name, status, issued_at)
        SELECT public_id, :order_id, line_id, number, :event_id, tier_id, :holder_id, :holder_name,
               'valid', :now
        FROM unnest(CAST(:public_ids AS text[]), CAST(:line_ids AS bigint[]),
                    CAST(:numbers AS int[]), CAST(:tier_ids AS bigint[]))
             AS place (public_id, line_id, number, tier_id)
        """
    )
)


@dataclass(frozen=True)
class Grant:
    """`quantity` tickets of a tier, because of one order line."""

    order_line_id: int
    tier_id: int
    quantity: int


def issue_tickets(
    order_id: int,
    event_id: int,
    grants: Iterable[Grant],
    *,
    holder_id: int,
    holder_name: str,
    now: datetime,
) -> None:
    """One ticket a place. (order line, number) is unique: issuing twice is impossible."""
    places = [
        (new_ticket_id(), grant.order_line_id, number, grant.tier_id)
        for grant in grants
        for number in range(1, grant.quantity + 1)
    ]
    public_ids, line_ids, numbers, tier_ids = map(list, zip(*places, strict=True))
    _ISSUE.run(
        {
            "public_ids": public_ids,
            "line_ids": line_ids,
            "numbers": numbers,
            "tier_ids": tier_ids,
            "order_id": order_id,
            "event_id": event_id,
            "holder_id": holder_id,
            "holder_name": holder_name,
            "now": now,
        }
    )


def rename_ticket(public_id: str, order_id: int, name: str, *, now: datetime) -> str:
    """The name it was in before. Raises NotFound, for a ticket of another order too, and
    NotStanding for one that admits nobody any more."""
    wanted = sa.select(Ticket).where(Ticket.public_id == public_id, Ticket.order_id == order_id)
    ticket: Ticket | None = db.session.scalar(locked(wanted))
    if ticket is None:
        raise NotFound("There is no such ticket.")
    if not ticket.is_standing:
        raise NotStanding("This ticket is not valid any more.")
    before = ticket.holder_name
    ticket.rename(name, now=now)
    return before


def void_refunded(tickets: Sequence[Ticket], *, refund_id: int | None) -> dict[int, int]:
    """They stop admitting. How many places of each tier that frees."""
    for ticket in tickets:
        ticket.refund()
        ticket.refund_id = refund_id
    return _places(tickets)


def void_cancelled(tickets: Sequence[Ticket]) -> dict[int, int]:
    """The same where no money was paid, or none goes back."""
    for ticket in tickets:
        ticket.cancel()
    return _places(tickets)


def freeze(tickets: Sequence[Ticket], *, now: datetime) -> None:
    """A bank questions the payment: they do not admit while it does."""
    for ticket in tickets:
        ticket.frozen_at = ticket.frozen_at or now


def unfreeze(tickets: Sequence[Ticket]) -> None:
    for ticket in tickets:
        ticket.frozen_at = None


def _places(tickets: Sequence[Ticket]) -> dict[int, int]:
    return dict(Counter(ticket.tier_id for ticket in tickets))
