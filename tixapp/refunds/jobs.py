"""Refunds when nobody is looking."""

from typing import Any

from tixapp.core.clock import clock
from tixapp.core.db import end_reading

from .flows import refunds
from .queries import due_refund_ids


def submit_refund(fact: dict[str, Any]) -> None:
    """The reaction to a refund that was asked for."""
    refunds().work_on(int(fact["refund_id"]))


def work_on_refunds() -> int:
    """The sweep: refunds not sent yet, and sent ones that have been silent for a day."""
    due = due_refund_ids(now=clock.now())
    end_reading()
    for refund_id in due:
        refunds().work_on(refund_id)
    return len(due)
