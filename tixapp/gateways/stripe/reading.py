"""The SDK's objects, read into our shapes, and our wish for a payment in Stripe's words."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tixapp.core.money import Money

from .shapes import (
    Account,
    DisputeFound,
    IncomingEvent,
    PaymentAsk,
    PayoutMade,
    RefundMade,
    Session,
)


def session_params(ask: PaymentAsk) -> Any:
    """`expires_at` and all else come from the row, so that a repetition is the same request."""
    names = {"order": ask.order_public_id, "payment": ask.payment_public_id}
    intent_data: dict[str, Any] = {"metadata": names, "description": ask.description}
    if ask.fee_minor > 0:
        intent_data["application_fee_amount"] = ask.fee_minor
    return {
        "mode": "payment",
        "line_items": [
            {
                "quantity": line.quantity,
                "price_data": {
                    "currency": ask.currency.lower(),
                    "unit_amount": line.unit_minor,
                    "product_data": {"name": line.name},
                },
            }
            for line in ask.lines
        ],
        "client_reference_id": ask.payment_public_id,
        "customer_email": ask.email,
        "metadata": names,
        "payment_intent_data": intent_data,
        "success_url": ask.success_url,
        "cancel_url": ask.cancel_url,
        "expires_at": int(ask.expires_at.timestamp()),
        "custom_text": {"submit": {"message": ask.note}},
    }


def id_of(thing: Any) -> str | None:
    """Stripe gives an id, or the whole object when it is expanded."""
    return thing if isinstance(thing, str) or thing is None else str(thing.id)


def session_of(found: Mapping[str, Any]) -> Session:
    """From the plain JSON of a session; `payment_intent` is an id, or the whole where expanded."""
    intent = found.get("payment_intent")
    whole = intent if isinstance(intent, Mapping) else {}
    return Session(
        id=found["id"],
        url=found.get("url"),
        status=found["status"],
        payment_status=found["payment_status"],
        amount_minor=found.get("amount_total") or 0,
        currency=(found.get("currency") or "").upper(),
        livemode=found["livemode"],
        reference=found.get("client_reference_id"),
        intent=whole["id"] if whole else intent,
        intent_status=whole.get("status"),
    )


def refund_of(found: Any) -> RefundMade:
    metadata = found.metadata.to_dict() if found.metadata else {}
    return RefundMade(
        id=found.id,
        status=found.status,
        amount_minor=found.amount,
        currency=found.currency.upper(),
        intent=id_of(found.payment_intent),
        row=metadata.get("refund_row"),
        attempt=_number(metadata.get("refund_attempt", "")),
        failure=getattr(found, "failure_reason", None),
    )


def _number(text: str) -> int:
    """0 for what is none: a seller may write anything there."""
    return int(text) if text.isdecimal() and len(text) < 6 else 0


def dispute_of(found: Any) -> DisputeFound:
    due_by = found.evidence_details.due_by if found.evidence_details else None
    return DisputeFound(
        id=found.id,
        status=found.status,
        amount_minor=found.amount,
        currency=found.currency.upper(),
        reason=found.reason,
        intent=id_of(found.payment_intent),
        due_by=datetime.fromtimestamp(due_by, UTC) if due_by else None,
    )


def payout_of(found: Any) -> PayoutMade:
    return PayoutMade(
        id=found.id,
        amount_minor=found.amount,
        currency=found.currency.upper(),
        status=found.status,
        arrives_at=datetime.fromtimestamp(found.arrival_date, UTC),
    )


def processing_fee_of(charge: Any) -> Money | None:
    """Stripe's own part of a charge with its balance transaction, in the currency of the balance,
    which need not be that of the charge."""
    booked = getattr(charge, "balance_transaction", None)
    if booked is None or isinstance(booked, str):
        return None
    kept = sum(part.amount for part in booked.fee_details if part.type == "stripe_fee")
    return Money(kept, booked.currency.upper())


def by_currency(amounts: Any) -> dict[str, int]:
    return {part.currency.upper(): part.amount for part in amounts}


def account_of(found: Any) -> Account:
    wanted = found.requirements.to_dict() if found.requirements else {}
    return Account(
        id=found.id,
        charges_enabled=bool(found.charges_enabled),
        payouts_enabled=bool(found.payouts_enabled),
        requirements={
            name: wanted.get(name)
            for name in (
                "currently_due",
                "past_due",
                "pending_verification",
                "disabled_reason",
                "current_deadline",
            )
        },
    )


def event_of(found: dict[str, Any]) -> IncomingEvent:
    return IncomingEvent(
        id=found["id"],
        kind=found["type"],
        account=found.get("account"),
        livemode=bool(found.get("livemode")),
        created=datetime.fromtimestamp(found["created"], UTC),
        payload=found["data"]["object"],
    )
