"""Giving money back, inside the caller's transaction.

Tickets stop admitting and places come back in the same transaction as the refund's row; Stripe is
asked afterwards. Locks: order, allowance, payment, refund, stock, ticket.
"""

from .answers import (
    adopt_foreign_refund,
    note_answer,
    note_rejection,
    renew_key,
    retry_failures,
    retry_refund,
    try_later,
)
from .asking import Wish, decline_gift, refund_order, return_tickets

__all__ = [
    "Wish",
    "adopt_foreign_refund",
    "decline_gift",
    "note_answer",
    "note_rejection",
    "refund_order",
    "renew_key",
    "retry_failures",
    "retry_refund",
    "return_tickets",
    "try_later",
]
