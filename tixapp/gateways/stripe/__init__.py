"""Stripe, seen through types of our own.

Direct charges: every call about a payment carries the seller's account. Sources: stripe-python
16.1.0, API 2026-10-28.endive; rules R1, R2, R9 and R12 in docs/payments.md.
"""

from .client import Stripe
from .errors import (
    AccountUnusable,
    BadSignature,
    StripeBusy,
    StripeNotFound,
    StripeRefused,
    StripeUnavailable,
)
from .shapes import (
    Account,
    Balance,
    Charged,
    DisputeFound,
    IncomingEvent,
    PaymentAsk,
    PayoutMade,
    RefundMade,
    Session,
    SessionLine,
)

__all__ = [
    "Account",
    "AccountUnusable",
    "BadSignature",
    "Balance",
    "Charged",
    "DisputeFound",
    "IncomingEvent",
    "PaymentAsk",
    "PayoutMade",
    "RefundMade",
    "Session",
    "SessionLine",
    "Stripe",
    "StripeBusy",
    "StripeNotFound",
    "StripeRefused",
    "StripeUnavailable",
]
