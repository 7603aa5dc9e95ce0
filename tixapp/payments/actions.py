"""Payments, refunds and the ledger, inside the caller's transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from tixapp.core.db import db, reread
from tixapp.core.fixed import Fixed
from tixapp.core.money import Money

from .models import Dispute, EntryKind, LedgerEntry, Payment, Refund
from .queries import fee_to_return

# Stripe refuses a session shorter than 30 minutes. A call that had no answer is repeated word for
# word until the hold ends, which is 30 minutes at most: the last one must still be taken. It is we
# who end a session, at the hold's end; this is only the net under that.
SESSION_LENGTH = timedelta(minutes=61)
# The reconciler asks about a payment that has been open for this long.
FIRST_LOOK = timedelta(minutes=2)


_SESSION = Fixed(
    sa.text("UPDATE payments SET stripe_session = :session, url = :url WHERE id = :payment_id")
)


# A fee belongs to the day of its payment. Another sweep takes the rows that one has locked.
_KEEP_FEES = sa.text(
    """
    WITH told AS (
        SELECT p.id, t.fee FROM payments p
        JOIN unnest(CAST(:intents AS text[]), CAST(:fees AS int[])) AS t (intent, fee)
          ON t.intent = p.stripe_intent
        WHERE p.stripe_account = :account AND p.stripe_fee_minor IS NULL
        ORDER BY p.id FOR NO KEY UPDATE OF p SKIP LOCKED
    ), kept AS (
        UPDATE payments p SET stripe_fee_minor = told.fee FROM told WHERE p.id = told.id
        RETURNING p.order_id, p.settled_at, told.fee
    )
    INSERT INTO tallies (event_id, day, figure, amount)
    SELECT o.event_id, (k.settled_at AT TIME ZONE e.timezone)::date, 'stripe_fee', sum(k.fee)
    FROM kept k JOIN orders o ON o.id = k.order_id JOIN events e ON e.id = o.event_id
    GROUP BY 1, 2
    """
)
# The older a payment is, the rarer it is asked about: from a minute to a month.
_ASK_LATER = sa.text(
    """
    UPDATE payments p
    SET fee_look_at = :now + greatest(
        interval '1 minute', least(interval '30 days', :now - p.settled_at)
    )
    FROM (
        SELECT id FROM payments WHERE id = ANY(:ids) AND stripe_fee_minor IS NULL
        ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    ) due
    WHERE p.id = due.id
    """
)


def session_deadline(now: datetime) -> datetime:
    """Stripe's own, in whole seconds."""
    return (now + SESSION_LENGTH).replace(microsecond=0)


def record_session(payment_id: int, session: str, url: str | None) -> None:
    """What Stripe has opened for a payment. The same when run twice."""
    values = {"payment_id": payment_id, "session": session, "url": url}
    _SESSION.run(values)
    reread(Payment, payment_id)


def capture(payment: Payment, intent: str | None, *, now: datetime) -> None:
    """The money has come in: the payment has succeeded and the ledger says so."""
    payment.succeed(intent, now=now)
    cause = intent or payment.stripe_session or payment.public_id
    _enter(EntryKind.CAPTURED, cause, payment, payment.amount_minor, now=now)
    if payment.fee_minor:
        _enter(EntryKind.FEE, cause, payment, payment.fee_minor, now=now)


def keep_stripe_fees(account: str, fees: Mapping[str, int]) -> None:
    """What Stripe kept, by payment intent, in minor units of the payments' own currency. What is
    known already stays."""
    if fees:
        told = {"account": account, "intents": list(fees), "fees": list(fees.values())}
        db.session.execute(_KEEP_FEES, told)


def ask_for_fees_later(payment_ids: Sequence[int], *, now: datetime) -> None:
    if payment_ids:
        db.session.execute(_ASK_LATER, {"ids": list(payment_ids), "now": now})


def ask_refund(
    payment: Payment,
    amount: Money,
    *,
    reason: str,
    asked_by: int | None,
    returns_fee: bool,
    now: datetime,
) -> Refund:
    """A row first; the call to Stripe follows from it."""
    refund = Refund(
        order_id=payment.order_id,
        payment_id=payment.id,
        amount_minor=amount.minor,
        currency=amount.currency,
        returns_fee=returns_fee,
        reason=reason,
        asked_by=asked_by,
        requested_at=now,
        look_at=now,
    )
    db.session.add(refund)
    db.session.flush()
    return refund


def settle_refund(refund: Refund, payment: Payment, *, now: datetime) -> None:
    """The money has gone back."""
    returned = fee_to_return(payment, refund.amount) if refund.returns_fee else None
    refund.succeed(now=now)
    cause = refund.stripe_refund or refund.public_id
    _enter(EntryKind.REFUNDED, cause, payment, -refund.amount_minor, refund=refund, now=now)
    if returned:
        _enter(EntryKind.FEE_RETURNED, cause, payment, -returned.minor, refund=refund, now=now)


def book_refund_back(refund: Refund, payment: Payment, *, now: datetime) -> None:
    """A bank sent it back days later: it lies on the seller's account again. Our fee's part stays
    returned."""
    cause = refund.stripe_refund or refund.public_id
    _enter(EntryKind.REFUND_BACK, cause, payment, refund.amount_minor, refund=refund, now=now)


def book_dispute(payment: Payment, dispute: Dispute, *, now: datetime) -> None:
    """The bank has taken the money."""
    _enter(EntryKind.DISPUTED, dispute.stripe_dispute, payment, -dispute.amount_minor, now=now)


def book_reinstatement(payment: Payment, dispute: Dispute, *, now: datetime) -> None:
    """The dispute was won and the bank has given it back."""
    _enter(EntryKind.REINSTATED, dispute.stripe_dispute, payment, dispute.amount_minor, now=now)


def _enter(
    kind: EntryKind,
    cause: str,
    payment: Payment,
    amount_minor: int,
    *,
    now: datetime,
    refund: Refund | None = None,
) -> None:
    db.session.add(
        LedgerEntry(
            kind=kind,
            cause=cause,
            payment_id=payment.id,
            refund_id=refund.id if refund else None,
            stripe_account=payment.stripe_account,
            amount_minor=amount_minor,
            currency=payment.currency,
            entered_at=now,
        )
    )
