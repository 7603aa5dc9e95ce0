"""Stripe's things as values of our own: frozen, and safe to carry out of any transaction."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

# A PaymentIntent of a completed session in these states will not be paid any more.
NO_LONGER_PAYABLE = frozenset({"requires_payment_method", "canceled"})


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
    """A refund as Stripe has it: `status` pending | requires_action | succeeded | failed | ...

    `row` and `attempt`: which of our tries it is; None and 0 for one of the seller's own.
    """

    id: str
    status: str
    amount_minor: int
    currency: str
    intent: str | None
    row: str | None
    failure: str | None
    attempt: int = 0


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
class PayoutMade:
    """Money sent to a bank: `status` is pending, in_transit, paid, failed or canceled."""

    id: str
    amount_minor: int
    currency: str
    status: str
    arrives_at: datetime


@dataclass(frozen=True)
class IncomingEvent:
    id: str
    kind: str
    account: str | None
    livemode: bool
    created: datetime
    payload: dict[str, Any]
