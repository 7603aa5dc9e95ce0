"""Issuing tickets, voiding them, and checking them in."""

from .entering import Door, check_in, check_in_by_id, look_at, undo_check_in
from .issuing import (
    Grant,
    freeze,
    issue_tickets,
    rename_ticket,
    unfreeze,
    void_cancelled,
    void_refunded,
)

__all__ = [
    "Door",
    "Grant",
    "check_in",
    "check_in_by_id",
    "freeze",
    "issue_tickets",
    "look_at",
    "rename_ticket",
    "undo_check_in",
    "unfreeze",
    "void_cancelled",
    "void_refunded",
]
