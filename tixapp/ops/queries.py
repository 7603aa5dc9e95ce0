"""What a person at the platform must see: everything that is not settled, and its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from tixapp.accounts.models import User
from tixapp.core.db import db
from tixapp.core.errors import NotFound
from tixapp.core.facts import ReactionStatus, StoredFact, StoredReaction
from tixapp.core.money import Money
from tixapp.core.trail import TrailEntry
from tixapp.events.models import Event
from tixapp.inventory.models import Hold, HoldStatus
from tixapp.mails.models import Mail, MailStatus
from tixapp.orders.models import Order
from tixapp.payments.models import (
    OPEN_PAYMENTS,
    Dispute,
    DisputeStatus,
    LedgerEntry,
    Payment,
    Refund,
    RefundStatus,
)
from tixapp.waiting.models import WaitingList
from tixapp.webhooks.models import StripeEvent, StripeEventStatus

# A payment open for longer than this is worth a look; most are done in a minute.
PATIENCE = timedelta(minutes=5)
MOST = 200

UNSETTLED_REFUNDS = (RefundStatus.FAILED, RefundStatus.REJECTED)
UNSENT_REFUNDS = (RefundStatus.REQUESTED, RefundStatus.SUBMITTED)


@dataclass(frozen=True)
class Unsettled:
    """One payment that needs somebody's eye. `why` is a word that the page puts into a sentence."""

    payment_id: str
    order_id: str
    event_name: str
    amount: Money
    since: datetime
    why: str
    fault: str | None


@dataclass(frozen=True)
class Step:
    """One thing that happened to a payment."""

    at: datetime
    what: str
    detail: str


@dataclass(frozen=True)
class Backlog:
    """How much waits, and how much has been given up."""

    facts: int
    reactions: int
    reactions_failed: int
    events: int
    events_failed: int
    mails: int
    mails_failed: int
    active_holds: int
    in_line: int
    open_offers: int


def unsettled(*, now: datetime) -> list[Unsettled]:
    """Oldest first. Three statements, however many there are."""
    found = [*_open_payments(now), *_refunds(now), *_disputes()]
    return sorted(found, key=lambda one: one.since)[:MOST]


def payment_with_order(public_id: str) -> tuple[Payment, Order, Event, User]:
    """Raises NotFound."""
    row = db.session.execute(
        sa.select(Payment, Order, Event, User)
        .join(Order, Order.id == Payment.order_id)
        .join(Event, Event.id == Order.event_id)
        .join(User, User.id == Order.buyer_id)
        .where(Payment.public_id == public_id)
    ).first()
    if row is None:
        raise NotFound("There is no such payment.")
    return row[0], row[1], row[2], row[3]


def refunds_of(payment_id: int) -> Sequence[Refund]:
    return db.session.scalars(
        sa.select(Refund).filter_by(payment_id=payment_id).order_by(Refund.id)
    ).all()


def steps_of(payment: Payment, order: Order) -> list[Step]:
    """All that happened to a payment, oldest first."""
    steps = [Step(payment.opened_at, "opened", payment.public_id)]
    if payment.looked_at:
        steps.append(Step(payment.looked_at, "looked_at", payment.last_fault or ""))
    if payment.settled_at:
        steps.append(Step(payment.settled_at, payment.status.value, payment.stripe_intent or ""))
    entries = db.session.scalars(sa.select(LedgerEntry).filter_by(payment_id=payment.id))
    for entry in entries:
        detail = f"{entry.amount_minor} {entry.currency} {entry.cause}"
        steps.append(Step(entry.entered_at, entry.kind.value, detail))
    for refund in refunds_of(payment.id):
        detail = f"{refund.public_id} {refund.reason}"
        steps.append(Step(refund.requested_at, "refund_asked", detail))
        if refund.settled_at:
            said = refund.last_fault or ""
            steps.append(Step(refund.settled_at, f"refund_{refund.status.value}", said))
    deeds = db.session.scalars(
        sa.select(TrailEntry).where(TrailEntry.subject.in_((order.public_id, payment.public_id)))
    )
    steps += [Step(deed.at, deed.deed, _said(deed)) for deed in deeds]
    return sorted(steps, key=lambda step: step.at)


def backlog() -> Backlog:
    """In one statement."""
    rows = db.session.execute(
        sa.select(
            _count(StoredFact.id, StoredFact.relayed_at.is_(None)),
            _count(StoredReaction.id, StoredReaction.status == ReactionStatus.DUE),
            _count(StoredReaction.id, StoredReaction.status == ReactionStatus.FAILED),
            _count(StripeEvent.id, StripeEvent.status == StripeEventStatus.RECEIVED),
            _count(StripeEvent.id, StripeEvent.status == StripeEventStatus.FAILED),
            _count(Mail.id, Mail.status == MailStatus.QUEUED),
            _count(Mail.id, Mail.status == MailStatus.FAILED),
            _count(Hold.id, Hold.status == HoldStatus.ACTIVE),
            sa.select(sa.func.coalesce(sa.func.sum(WaitingList.waiting), 0)).scalar_subquery(),
            _count(Hold.id, Hold.status == HoldStatus.OFFERED),
        )
    ).one()
    return Backlog(*(int(number) for number in rows))


def _count(column: Any, condition: Any) -> Any:
    return sa.select(sa.func.count(column)).where(condition).scalar_subquery()


def _open_payments(now: datetime) -> list[Unsettled]:
    rows = db.session.execute(
        _of_payment(Payment.opened_at, Payment.last_fault).where(
            Payment.status.in_(OPEN_PAYMENTS),
            sa.or_(Payment.opened_at <= now - PATIENCE, Payment.last_fault.is_not(None)),
        )
    )
    return [_row(row, "open") for row in rows]


def _refunds(now: datetime) -> list[Unsettled]:
    waits_long = sa.and_(Refund.status.in_(UNSENT_REFUNDS), Refund.requested_at <= now - PATIENCE)
    rows = db.session.execute(
        _of_payment(Refund.requested_at, Refund.last_fault, Refund.status)
        .join(Refund, Refund.payment_id == Payment.id)
        .where(sa.or_(Refund.status.in_(UNSETTLED_REFUNDS), waits_long))
    )
    return [
        _row(row, "refund_failed" if row[7] in UNSETTLED_REFUNDS else "refund_waits")
        for row in rows
    ]


def _disputes() -> list[Unsettled]:
    rows = db.session.execute(
        _of_payment(Dispute.opened_at, Dispute.reason)
        .join(Dispute, Dispute.payment_id == Payment.id)
        .where(Dispute.status.in_((DisputeStatus.OPEN, DisputeStatus.INQUIRY)))
    )
    return [_row(row, "disputed") for row in rows]


def _of_payment(*columns: Any) -> Any:
    return (
        sa.select(
            Payment.public_id,
            Order.public_id,
            Event.name,
            Payment.amount_minor,
            Payment.currency,
            *columns,
        )
        .select_from(Payment)
        .join(Order, Order.id == Payment.order_id)
        .join(Event, Event.id == Order.event_id)
        .limit(MOST)
    )


def _row(row: Any, why: str) -> Unsettled:
    payment_id, order_id, name, minor, currency, since, fault, *_rest = row
    return Unsettled(payment_id, order_id, name, Money(minor, currency), since, why, fault)


def _said(deed: TrailEntry) -> str:
    return ", ".join(f"{name} {value}" for name, value in deed.after.items())
