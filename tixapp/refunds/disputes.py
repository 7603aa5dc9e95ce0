"""Disputes: tickets are frozen while a bank decides, and the books follow the money."""

from collections.abc import Sequence
from datetime import datetime

from tixapp.core.db import db
from tixapp.core.facts import record
from tixapp.core.money import Money
from tixapp.core.trail import note
from tixapp.inventory.actions import give_back_sold, lock_allowance
from tixapp.inventory.models import Allowance
from tixapp.orders.queries import locked_order
from tixapp.payments.actions import book_dispute, book_reinstatement
from tixapp.payments.models import Dispute, DisputeStatus, Payment, PaymentStatus
from tixapp.payments.queries import locked_payment
from tixapp.tickets.actions import freeze, unfreeze, void_cancelled
from tixapp.tickets.models import Ticket
from tixapp.tickets.queries import locked_tickets_of_order

from .facts import DisputeChanged
from .queries import dispute_by_id


def status_of(stripe_status: str) -> DisputeStatus:
    """Stripe's word in ours. `warning_*` are inquiries: no money has moved."""
    if stripe_status in {"won", "warning_closed", "prevented"}:
        return DisputeStatus.WON
    if stripe_status == "lost":
        return DisputeStatus.LOST
    return DisputeStatus.INQUIRY if stripe_status.startswith("warning") else DisputeStatus.OPEN


def note_dispute(
    payment_id: int,
    stripe_dispute: str,
    *,
    status: DisputeStatus,
    amount: Money,
    reason: str,
    due_by: datetime | None,
    now: datetime,
) -> None:
    """Takes over how a dispute stands. Events may come twice and in any order: the present state
    decides, and what it means for the money is booked once."""
    order_id = db.session.get_one(Payment, payment_id).order_id
    order = locked_order(order_id)
    allowance = lock_allowance(order.event_id, order.buyer_id)
    payment = locked_payment(payment_id)
    dispute = dispute_by_id(stripe_dispute)
    if dispute is None:
        dispute = _open(payment, stripe_dispute, amount, reason, due_by, status=status, now=now)
        changed = True
    else:
        changed = dispute.become(status, now=now)
    if not changed:
        return
    tickets = [ticket for ticket in locked_tickets_of_order(order.id) if ticket.is_standing]
    _move_money(payment, dispute, now=now)
    if status == DisputeStatus.WON:
        unfreeze(tickets)
    elif status == DisputeStatus.LOST:
        _take_away(allowance, tickets, now=now)
    else:
        freeze(tickets, now=now)
    record(DisputeChanged(dispute_id=dispute.id, status=status.value))
    note(
        "order.disputed",
        order.public_id,
        by=None,
        now=now,
        after={"dispute": stripe_dispute, "status": status.value, "amount_minor": amount.minor},
    )


def _open(
    payment: Payment,
    stripe_dispute: str,
    amount: Money,
    reason: str,
    due_by: datetime | None,
    *,
    status: DisputeStatus,
    now: datetime,
) -> Dispute:
    dispute = Dispute(
        payment_id=payment.id,
        stripe_dispute=stripe_dispute,
        status=status,
        amount_minor=amount.minor,
        currency=amount.currency,
        reason=reason,
        due_by=due_by,
        opened_at=now,
        closed_at=now if status in {DisputeStatus.WON, DisputeStatus.LOST} else None,
    )
    db.session.add(dispute)
    db.session.flush()
    return dispute


def _move_money(payment: Payment, dispute: Dispute, *, now: datetime) -> None:
    """The bank takes the money when a dispute opens and gives it back when it is won."""
    taken = payment.status == PaymentStatus.DISPUTED
    if dispute.status in {DisputeStatus.OPEN, DisputeStatus.LOST} and not taken:
        payment.dispute()
        book_dispute(payment, dispute, now=now)
    elif dispute.status == DisputeStatus.WON and taken:
        payment.win_dispute()
        book_reinstatement(payment, dispute, now=now)


def _take_away(allowance: Allowance, tickets: Sequence[Ticket], *, now: datetime) -> None:
    """The money is gone for good: the tickets go with it, and the places come back."""
    if tickets:
        give_back_sold(allowance, void_cancelled(tickets), now=now)
