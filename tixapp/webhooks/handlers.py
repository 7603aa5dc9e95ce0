"""One function an event type. Each reads the present state from Stripe, so that the order in which
events come does not matter, and each may run any number of times."""

from collections.abc import Callable

import structlog
from sqlalchemy import select

from tixapp.core.clock import clock
from tixapp.core.db import db, end_reading, transaction
from tixapp.gateways import gateways
from tixapp.gateways.stripe import Account, AccountUnusable
from tixapp.orders.flows import payments
from tixapp.orders.queries import PaymentRef
from tixapp.payments.flows import learn_payout
from tixapp.payments.models import Payment
from tixapp.payments.queries import (
    payment_by_intent,
    payment_by_reference,
    payment_by_session,
)
from tixapp.refunds.flows import refunds
from tixapp.sellers.actions import copy_account
from tixapp.sellers.models import Seller

from .rules import Ignored, Incoming

log = structlog.get_logger()


def session_changed(event: Incoming) -> None:
    """A Checkout Session was completed, has expired, or a delayed payment came to its end."""
    payments().settle(_payment(event))


def account_changed(event: Incoming) -> None:
    """What the seller's account may do has changed, perhaps been withdrawn."""
    account_id = event.account or event.payload.get("id")
    seller_id = db.session.scalar(select(Seller.id).filter_by(stripe_account=account_id))
    end_reading()
    if seller_id is None or not isinstance(account_id, str):
        raise Ignored("an account that is not a seller's")
    account = _account(account_id)
    with transaction():
        copy_account(
            seller_id,
            charges_enabled=account.charges_enabled,
            payouts_enabled=account.payouts_enabled,
            requirements=account.requirements,
            now=clock.now(),
        )


def _account(account_id: str) -> Account:
    """One that has cut us off is closed to us: it sells nothing more."""
    try:
        return gateways().stripe.account(account_id)
    except AccountUnusable:
        gone = {"disabled_reason": "disconnected"}
        return Account(account_id, charges_enabled=False, payouts_enabled=False, requirements=gone)


def refund_changed(event: Incoming) -> None:
    """A refund was made, here or in the seller's dashboard, or has changed its state."""
    refunds().sync(_payment_of_intent(event))


def dispute_changed(event: Incoming) -> None:
    """A bank questions a payment, or has decided."""
    payment_id = _payment_of_intent(event)
    refunds().sync_dispute(payment_id, str(event.payload["id"]), account=event.account or "")


def payout_changed(event: Incoming) -> None:
    """Money is on its way to a seller's bank, has arrived there, or has come back."""
    account = event.account or ""
    seller_id = db.session.scalar(select(Seller.id).filter_by(stripe_account=account))
    end_reading()
    if seller_id is None:
        raise Ignored("an account that is not a seller's")
    learn_payout(str(event.payload["id"]), account, stripe=gateways().stripe)


HANDLERS: dict[str, Callable[[Incoming], None]] = {
    "checkout.session.completed": session_changed,
    "checkout.session.expired": session_changed,
    "checkout.session.async_payment_succeeded": session_changed,
    "checkout.session.async_payment_failed": session_changed,
    "charge.refunded": refund_changed,
    "refund.created": refund_changed,
    "refund.updated": refund_changed,
    "refund.failed": refund_changed,
    "charge.dispute.created": dispute_changed,
    "charge.dispute.updated": dispute_changed,
    "charge.dispute.closed": dispute_changed,
    "charge.dispute.funds_withdrawn": dispute_changed,
    "charge.dispute.funds_reinstated": dispute_changed,
    "account.updated": account_changed,
    "payout.canceled": payout_changed,
    "payout.failed": payout_changed,
    "payout.paid": payout_changed,
    "payout.reconciliation_completed": payout_changed,
    "account.application.deauthorized": account_changed,
}


def handle(event: Incoming) -> None:
    """Raises Ignored, or whatever went wrong: then it is tried again."""
    handler = HANDLERS.get(event.kind)
    if handler is None:
        raise Ignored(f"no use for {event.kind}")
    handler(event)


def _payment(event: Incoming) -> PaymentRef:
    """Ours by the session and the account together: metadata can be written by any seller."""
    account = event.account or ""
    session_id = str(event.payload.get("id", ""))
    found: Payment | None = payment_by_session(session_id, account)
    if found is None:
        # Not recorded yet: the answer to our own call was lost, and the buyer was quick.
        found = payment_by_reference(str(event.payload.get("client_reference_id")), account)
        if found is not None and found.stripe_session not in {None, session_id}:
            found = None
    if found is None:
        end_reading()
        log.warning("session_of_nobody", session=session_id, account=account)
        raise Ignored("a session that is not one of ours")
    ref = PaymentRef(found.id, found.order_id, found.stripe_account, session_id)
    known = found.stripe_session is not None
    end_reading()
    if not known:
        payments().note_session(ref, str(event.payload.get("url") or ""))
    return ref


def _payment_of_intent(event: Incoming) -> int:
    """Refunds and disputes name the payment intent; the account must be the payment's own."""
    intent = event.payload.get("payment_intent")
    found = payment_by_intent(str(intent), event.account or "")
    payment_id = found.id if found else None
    end_reading()
    if payment_id is None:
        raise Ignored("a payment that is not one of ours")
    return payment_id
