"""Codes that make tickets cheaper, or open kinds of tickets that others do not see.

What a code has given is not a number that is kept but the rows themselves, counted while the code's
row is locked: holds that stand, and tickets that came of them. A hold that ends, a ticket that is
refunded, gives its use back by itself. The lock is taken after the hold's and before the stock's.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from tixapp.core.db import Id, Model, db, locked, reference
from tixapp.core.ids import new_id
from tixapp.core.money import MINIMUM_CHARGE, Money
from tixapp.events.models import Event, Tier

from .errors import BadPicks, CodeUnknown, CodeUsedUp
from .rules import Picks

SHORTEST, LONGEST = 4, 40

_TAKEN = sa.text(
    """
    SELECT coalesce(sum(n), 0), coalesce(sum(n) FILTER (WHERE user_id = :user_id), 0)
    FROM (
        SELECT h.user_id, l.quantity AS n, l.tier_id
        FROM holds h JOIN hold_lines l ON l.hold_id = h.id
        WHERE h.code_id = :code_id AND h.status = 'active'
        UNION ALL
        SELECT h.user_id, 1, t.tier_id
        FROM holds h JOIN orders o ON o.hold_id = h.id JOIN tickets t ON t.order_id = o.id
        WHERE h.code_id = :code_id AND t.status IN ('valid', 'used')
    ) used
    WHERE :every_tier OR tier_id = ANY(:tiers)
    """
)


class Code(Model):
    """`percent_bps` or `amount_minor` off each ticket; neither: it only opens what is hidden.

    `tier_ids` empty: for every kind. The limits count tickets. What it gives is never changed: a
    code is ended and another one made, so that nobody's price moves while they pay.
    """

    __tablename__ = "codes"
    __table_args__ = (
        sa.Index(
            "uq_codes_standing",
            "event_id",
            "key",
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.CheckConstraint("percent_bps IS NULL OR amount_minor IS NULL", name="one_kind"),
        sa.CheckConstraint("percent_bps BETWEEN 1 AND 10000", name="percent"),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
    )

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(unique=True, default=lambda: new_id("code"))
    event_id: Mapped[int] = reference("events.id")
    name: Mapped[str]
    key: Mapped[str]
    percent_bps: Mapped[int | None]
    amount_minor: Mapped[int | None]
    tier_ids: Mapped[list[Any]] = mapped_column(default=list)
    total_limit: Mapped[int | None]
    person_limit: Mapped[int | None]
    order_limit: Mapped[int | None]
    made_by: Mapped[int] = reference("users.id", index=False)
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    def covers(self, tier_id: int) -> bool:
        return not self.tier_ids or tier_id in self.tier_ids

    def works(self, *, now: datetime) -> bool:
        return self.ended_at is None and (self.ends_at is None or now < self.ends_at)

    def amount(self, currency: str) -> Money:
        return Money(self.amount_minor or 0, currency)

    def off(self, tier_id: int, price: Money) -> Money:
        """What one ticket costs less: never more than its price, rounded half up."""
        if not self.covers(tier_id):
            return Money(0, price.currency)
        if self.percent_bps is not None:
            return price.share(self.percent_bps)
        return Money(min(self.amount_minor or 0, price.minor), price.currency)


def key_of(text: str) -> str:
    """The same for every way in which people type a code."""
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(c for c in folded if c.isalnum())[: LONGEST * 2]


def standing_code(event_id: int, text: str, *, now: datetime) -> Code | None:
    """None for what never was, what is over, and what is another event's: nobody learns which."""
    query = sa.select(Code).where(
        Code.event_id == event_id, Code.key == key_of(text), Code.ended_at.is_(None)
    )
    found = db.session.scalar(query)
    return found if found is not None and found.works(now=now) else None


def code_of(code_id: int | None) -> Code | None:
    """The code of a hold. It keeps what it promised, also when it has been ended since."""
    return db.session.get(Code, code_id) if code_id is not None else None


def claim_code(event: Event, text: str, picks: Picks, *, buyer_id: int, now: datetime) -> Code:
    """The code, locked, with room for these picks. Raises CodeUnknown, CodeUsedUp."""
    found = standing_code(event.id, text, now=now)
    if found is None:
        raise CodeUnknown("This code does not work here.")
    code: Code = db.session.scalars(locked(sa.select(Code).where(Code.id == found.id))).one()
    if not code.works(now=now):  # ended while we waited
        raise CodeUnknown("This code does not work here.")
    wanted = sum(n for tier_id, n in picks.items() if code.covers(tier_id))
    if not wanted:
        raise CodeUnknown("This code does not work here.")
    taken, own = taken_of(code, buyer_id)
    limits = (
        (code.order_limit, 0),
        (code.person_limit, own),
        (code.total_limit, taken),
    )
    for limit, have in limits:
        if limit is not None and have + wanted > limit:
            raise CodeUsedUp(left=max(0, limit - have))
    return code


def taken_of(code: Code, user_id: int = 0) -> tuple[int, int]:
    """How many tickets it has given, in all and to one person."""
    row = db.session.execute(
        _TAKEN,
        {
            "code_id": code.id,
            "user_id": user_id,
            "every_tier": not code.tier_ids,
            "tiers": code.tier_ids,
        },
    ).one()
    return int(row[0]), int(row[1])


def check_hidden(tiers: Mapping[int, Tier], picks: Picks, code: Code | None) -> None:
    """Raises BadPicks, as for a tier that is not there, for a hidden one without its code."""
    for tier_id in picks:
        if tiers[tier_id].hidden and (code is None or not code.covers(tier_id)):
            raise BadPicks("That tier is not part of this event.", {"tier_id": "is unknown"})


def check_payable(tiers: Mapping[int, Tier], picks: Picks, code: Code, currency: str) -> None:
    """Raises BadPicks for a sum that is too little for a card: it is nothing, or enough."""
    total = Money(0, currency)
    for tier_id, quantity in picks.items():
        price = tiers[tier_id].price(currency)
        total += (price - code.off(tier_id, price)) * quantity
    if 0 < total.minor < MINIMUM_CHARGE.get(currency, 1):
        raise BadPicks("That is less than can be paid by card.", {"code": "leaves too little"})


def codes_of(event_id: int) -> Sequence[Code]:
    """Those that stand first, the newest first."""
    order = (Code.ended_at.is_not(None), Code.id.desc())
    return db.session.scalars(sa.select(Code).filter_by(event_id=event_id).order_by(*order)).all()
