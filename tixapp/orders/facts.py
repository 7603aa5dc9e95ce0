"""What the rest may want to know of a purchase."""

from dataclasses import dataclass

from tixapp.core.facts import Fact


@dataclass(frozen=True)
class OrderPaid(Fact):
    """Tickets exist. Free orders are paid too."""

    order_id: int


@dataclass(frozen=True)
class LateMoneyReturned(Fact):
    """Money came after the places had gone to others; a refund row stands."""

    order_id: int
    refund_id: int


@dataclass(frozen=True)
class RefundAsked(Fact):
    refund_id: int


@dataclass(frozen=True)
class PaymentAlarm(Fact):
    """Something about a payment that a person must look at."""

    payment_id: int
    reason: str
