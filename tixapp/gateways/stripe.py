"""Stripe, seen through types of our own.

Direct charges: every call about a payment carries the seller's account. Sources: stripe-python
16.1.0, API 2026-10-28.endive; rules R1, R2, R9 and R12 in docs/payments.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import stripe as sdk

from tixapp.core.db import refuse_inside_transaction
from tixapp.core.errors import Conflict, Invalid, NotFound, Unavailable

API_VERSION = "2026-10-28.endive"
CONNECT_SECONDS = 3
ANSWER_SECONDS = 20
SIGNATURE_SECONDS = 300
TOO_MANY = 429
UNUSABLE_ACCOUNT = frozenset(
    {"account_invalid", "capability_not_enabled", "insufficient_capabilities_for_transfer"}
)


# A PaymentIntent of a completed session in these states will not be paid any more.
NO_LONGER_PAYABLE = frozenset({"requires_payment_method", "canceled"})


class StripeUnavailable(Unavailable):
    """No answer, or a fault at Stripe: what happened is unknown and must be read, not repeated."""

    code = "payment_provider_unavailable"


class StripeBusy(StripeUnavailable):
    """Asked too often: nothing happened, come back later."""


class StripeRefused(Conflict):
    """Stripe said no. `reason` is its code: `charge_already_refunded`, `account_invalid`, ..."""

    code = "payment_provider_refused"

    def __init__(self, message: str, reason: str | None) -> None:
        super().__init__(message)
        self.reason = reason or ""


class AccountUnusable(StripeRefused):
    """The seller's account is unknown to us, disconnected, or may not take payments."""


class StripeNotFound(NotFound):
    pass


class BadSignature(Invalid):
    code = "bad_signature"


@dataclass(frozen=True)
class SessionLine:
    name: str
    unit_minor: int
    quantity: int


@dataclass(frozen=True)
class PaymentAsk:
    """All that opening a payment needs, as values: it is used outside any transaction."""

    order_public_id: str
    payment_public_id: str
    idempotency_key: str
    account: str
    currency: str
    lines: tuple[SessionLine, ...]
    fee_minor: int
    email: str
    expires_at: datetime
    success_url: str
    cancel_url: str
    note: str
    description: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"expires_at": self.expires_at.isoformat()}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> PaymentAsk:
        lines = tuple(SessionLine(**line) for line in kept["lines"])
        at = datetime.fromisoformat(kept["expires_at"])
        return cls(**(kept | {"lines": lines, "expires_at": at}))


@dataclass(frozen=True)
class Session:
    """A Checkout Session. `status`: open, complete, expired; `payment_status`: unpaid, paid, ...

    `intent_status` is known when the session is read by itself.
    """

    id: str
    url: str | None
    status: str
    payment_status: str
    amount_minor: int
    currency: str
    livemode: bool
    reference: str | None
    intent: str | None
    intent_status: str | None = None

    @property
    def is_paid(self) -> bool:
        return self.status == "complete" and self.payment_status != "unpaid"

    @property
    def has_failed(self) -> bool:
        """A delayed payment that the bank has refused: the session stays complete and unpaid."""
        return self._is_unpaid and self.intent_status in NO_LONGER_PAYABLE

    @property
    def is_processing(self) -> bool:
        return self._is_unpaid and not self.has_failed

    @property
    def _is_unpaid(self) -> bool:
        return self.status == "complete" and self.payment_status == "unpaid"


@dataclass(frozen=True)
class Account:
    id: str
    charges_enabled: bool
    payouts_enabled: bool
    requirements: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RefundMade:
    """A refund as Stripe has it: `status` pending | requires_action | succeeded | failed | ..."""

    id: str
    status: str
    amount_minor: int
    currency: str
    intent: str | None
    row: str | None
    failure: str | None


@dataclass(frozen=True)
class DisputeFound:
    """A dispute as Stripe has it: `status` needs_response, under_review, warning_*, won, lost."""

    id: str
    status: str
    amount_minor: int
    currency: str
    reason: str
    intent: str | None
    due_by: datetime | None


@dataclass(frozen=True)
class Charged:
    """What came in by one payment, our fee of it, and what went back; minor units."""

    captured: int
    fee: int
    refunded: int


@dataclass(frozen=True)
class Balance:
    """An account's money at Stripe by currency, in minor units: what can be paid out or refunded
    now, and what is on its way there."""

    available: dict[str, int]
    pending: dict[str, int]


@dataclass(frozen=True)
class IncomingEvent:
    id: str
    kind: str
    account: str | None
    livemode: bool
    created: datetime
    payload: dict[str, Any]


class Stripe:
    """Every call may raise StripeUnavailable (unknown outcome), StripeBusy or StripeRefused."""

    def __init__(
        self,
        api_key: str,
        *,
        api_base: str,
        webhook_secrets: tuple[str, str],
        account_kind: str = "express",
    ) -> None:
        """`webhook_secrets`: that of our own endpoint, that of the Connect endpoint."""
        sdk.enable_telemetry = False
        self.account_kind = account_kind
        self.livemode = "_live_" in api_key
        self.webhook_secrets = webhook_secrets
        self._client = sdk.StripeClient(
            api_key,
            base_addresses={"api": api_base},
            stripe_version=API_VERSION,
            max_network_retries=2,
            http_client=sdk.RequestsClient(timeout=(CONNECT_SECONDS, ANSWER_SECONDS)),
        )

    # Payments

    def open_session(self, ask: PaymentAsk) -> Session:
        with _translated():
            made = self._client.v1.checkout.sessions.create(
                _session_params(ask),
                {"stripe_account": ask.account, "idempotency_key": ask.idempotency_key},
            )
        return _session(made)

    def session(self, session_id: str, *, account: str) -> Session:
        with _translated():
            found = self._client.v1.checkout.sessions.retrieve(
                session_id, {"expand": ["payment_intent"]}, {"stripe_account": account}
            )
        return _session(found)

    def completed_sessions(self, since: datetime, *, account: str) -> Iterator[Session]:
        """Those that were finished, newest first."""
        with _translated():
            page = self._client.v1.checkout.sessions.list(
                {
                    "created": {"gte": int(since.timestamp())},
                    "status": "complete",
                    "limit": 100,
                },
                {"stripe_account": account},
            )
            for found in page.auto_paging_iter():
                yield _session(found)

    def expire_session(self, session_id: str, *, account: str) -> Session:
        """The session as it is afterwards: `expired`, or `complete` if the buyer was faster."""
        try:
            with _translated():
                ended = self._client.v1.checkout.sessions.expire(
                    session_id, {}, {"stripe_account": account}
                )
            return _session(ended)
        except AccountUnusable:
            raise
        except StripeRefused:
            return self.session(session_id, account=account)

    # Refunds

    def refund(
        self, *, intent: str, amount_minor: int, row: str, returns_fee: bool, account: str, key: str
    ) -> RefundMade:
        params: dict[str, Any] = {
            "payment_intent": intent,
            "amount": amount_minor,
            "reason": "requested_by_customer",
            "metadata": {"refund_row": row},
        }
        if returns_fee:
            params["refund_application_fee"] = True
        with _translated():
            made = self._client.v1.refunds.create(
                params,  # type: ignore[arg-type] # a TypedDict of the SDK, built in steps
                {"stripe_account": account, "idempotency_key": key},
            )
        return _refund(made)

    def refunds_of(self, intent: str, *, account: str) -> list[RefundMade]:
        with _translated():
            page = self._client.v1.refunds.list(
                {"payment_intent": intent, "limit": 100}, {"stripe_account": account}
            )
            return [_refund(found) for found in page.auto_paging_iter()]

    def dispute(self, dispute_id: str, *, account: str) -> DisputeFound:
        with _translated():
            found = self._client.v1.disputes.retrieve(dispute_id, {}, {"stripe_account": account})
        return _dispute(found)

    # Books

    def charges(self, *, account: str) -> Iterator[tuple[str, Charged]]:
        """Every successful charge that carries our mark, by payment intent. The account may have
        others: its owner can take money elsewhere."""
        with _translated():
            page = self._client.v1.charges.list({"limit": 100}, {"stripe_account": account})
            for charge in page.auto_paging_iter():
                intent = _id_of(charge.payment_intent)
                if charge.paid and intent is not None and "payment" in charge.metadata:
                    fee = charge.application_fee_amount or 0
                    yield intent, Charged(charge.amount, fee, charge.amount_refunded)

    def balance(self, account: str) -> Balance:
        with _translated():
            found = self._client.v1.balance.retrieve({}, {"stripe_account": account})
        return Balance(_by_currency(found.available), _by_currency(found.pending))

    # Accounts

    def create_account(self, *, email: str, country: str, key: str) -> Account:
        params: dict[str, Any] = {
            "email": email,
            "country": country,
            "capabilities": {
                "card_payments": {"requested": True},
                "transfers": {"requested": True},
            },
        }
        if self.account_kind == "express":
            params["type"] = "express"
        else:
            params["controller"] = {
                "fees": {"payer": "account"},
                "losses": {"payments": "stripe"},
                "stripe_dashboard": {"type": "full"},
            }
        with _translated():
            made = self._client.v1.accounts.create(
                params,  # type: ignore[arg-type] # a TypedDict of the SDK, built in steps
                {"idempotency_key": key},
            )
        return _account(made)

    def account(self, account_id: str) -> Account:
        with _translated():
            return _account(self._client.v1.accounts.retrieve(account_id))

    def onboarding_link(self, account_id: str, *, refresh_url: str, return_url: str) -> str:
        """A link for one use within minutes: redirect to it at once, never mail it."""
        with _translated():
            link = self._client.v1.account_links.create(
                {
                    "account": account_id,
                    "type": "account_onboarding",
                    "refresh_url": refresh_url,
                    "return_url": return_url,
                }
            )
        return link.url

    # Webhooks

    def verify(self, body: bytes, signature: str, *, secret: str) -> IncomingEvent:
        """The event in the raw `body`. Raises BadSignature for what Stripe did not sign."""
        try:
            event = self._client.construct_event(
                body, signature, secret, tolerance=SIGNATURE_SECONDS
            )
            return _event(event.to_dict())
        except (sdk.SignatureVerificationError, ValueError, AttributeError, KeyError) as fault:
            raise BadSignature("The signature does not fit the body.") from fault

    def events_since(self, since: datetime, *, account: str | None) -> Iterator[IncomingEvent]:
        """What Stripe could not deliver to us, newest first."""
        options: Any = {"stripe_account": account} if account else {}
        with _translated():
            page = self._client.v1.events.list(
                {
                    "created": {"gte": int(since.timestamp())},
                    "delivery_success": False,
                    "limit": 100,
                },
                options,
            )
            for found in page.auto_paging_iter():
                yield _event({**found.to_dict(), "account": account})


def _session_params(ask: PaymentAsk) -> Any:
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


@contextmanager
def _translated() -> Iterator[None]:
    """Stripe's errors become ours; no call is made while a transaction is open."""
    refuse_inside_transaction()
    try:
        yield
    except sdk.RateLimitError as fault:
        raise StripeBusy(str(fault)) from fault
    except (sdk.APIConnectionError, sdk.AuthenticationError) as fault:
        raise StripeUnavailable(str(fault)) from fault
    except sdk.PermissionError as fault:
        raise AccountUnusable(str(fault), fault.code) from fault
    except sdk.InvalidRequestError as fault:
        raise _refusal(fault) from fault
    except (sdk.CardError, sdk.IdempotencyError) as fault:
        raise StripeRefused(str(fault), fault.code) from fault
    except sdk.StripeError as fault:
        if fault.http_status == TOO_MANY:
            raise StripeBusy(str(fault)) from fault
        raise StripeUnavailable(str(fault)) from fault


def _refusal(fault: sdk.InvalidRequestError) -> Exception:
    if fault.code == "resource_missing":
        return StripeNotFound(str(fault))
    kind = AccountUnusable if fault.code in UNUSABLE_ACCOUNT else StripeRefused
    return kind(str(fault), fault.code)


def _id_of(thing: Any) -> str | None:
    """Stripe gives an id, or the whole object when it is expanded."""
    return thing if isinstance(thing, str) or thing is None else str(thing.id)


def _session(found: Any) -> Session:
    return Session(
        id=found.id,
        url=found.url,
        status=found.status,
        payment_status=found.payment_status,
        amount_minor=found.amount_total or 0,
        currency=(found.currency or "").upper(),
        livemode=found.livemode,
        reference=found.client_reference_id,
        intent=_id_of(found.payment_intent),
        intent_status=getattr(found.payment_intent, "status", None),
    )


def _refund(found: Any) -> RefundMade:
    metadata = found.metadata.to_dict() if found.metadata else {}
    return RefundMade(
        id=found.id,
        status=found.status,
        amount_minor=found.amount,
        currency=found.currency.upper(),
        intent=_id_of(found.payment_intent),
        row=metadata.get("refund_row"),
        failure=getattr(found, "failure_reason", None),
    )


def _dispute(found: Any) -> DisputeFound:
    due_by = found.evidence_details.due_by if found.evidence_details else None
    return DisputeFound(
        id=found.id,
        status=found.status,
        amount_minor=found.amount,
        currency=found.currency.upper(),
        reason=found.reason,
        intent=_id_of(found.payment_intent),
        due_by=datetime.fromtimestamp(due_by, UTC) if due_by else None,
    )


def _by_currency(amounts: Any) -> dict[str, int]:
    return {part.currency.upper(): part.amount for part in amounts}


def _account(found: Any) -> Account:
    wanted = found.requirements.to_dict() if found.requirements else {}
    return Account(
        id=found.id,
        charges_enabled=bool(found.charges_enabled),
        payouts_enabled=bool(found.payouts_enabled),
        requirements={
            name: wanted.get(name)
            for name in ("currently_due", "past_due", "pending_verification", "disabled_reason")
        },
    )


def _event(found: dict[str, Any]) -> IncomingEvent:
    return IncomingEvent(
        id=found["id"],
        kind=found["type"],
        account=found.get("account"),
        livemode=bool(found.get("livemode")),
        created=datetime.fromtimestamp(found["created"], UTC),
        payload=found["data"]["object"],
    )
