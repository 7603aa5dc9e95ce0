"""What the rest may want to know of money that went back."""

from dataclasses import dataclass

from tixapp.core.facts import Fact


@dataclass(frozen=True)
class TicketsReturned(Fact):
    """Tickets of an order are void; money goes back if there is a refund."""

    order_id: int
    refund_id: int | None
    reason: str


@dataclass(frozen=True)
class RefundSettled(Fact):
    """The money is on its way to the buyer."""

    refund_id: int


@dataclass(frozen=True)
class RefundFailed(Fact):
    """Stripe refused it, or the bank sent it back: a person must look."""

    refund_id: int


@dataclass(frozen=True)
class DisputeChanged(Fact):
    """A bank questions a payment, or has decided."""

    dispute_id: int
    status: str
