"""Refunds when nobody is looking."""

from typing import Any

from tixapp.core.clock import clock
from tixapp.core.db import end_reading
from tixapp.core.sweeps import each
from tixapp.orders.flows import payments
from tixapp.web.running import settings

from .cancellation import Cancellation
from .flows import refunds
from .letters import write_concern, write_late_letter, write_return_letter
from .messages import explain_failure
from .pace import Pace
from .queries import (
    cancelled_events_with_work,
    due_refund_ids,
    payment_of_dispute,
    refund_in_trouble,
)


def submit_refund(fact: dict[str, Any]) -> None:
    """The reaction to a refund that was asked for."""
    refunds().work_on(int(fact["refund_id"]))


def tell_buyer(fact: dict[str, Any]) -> None:
    """The reaction to tickets that were returned."""
    write_return_letter(
        int(fact["order_id"]), fact["refund_id"], str(fact["reason"]), now=clock.now()
    )


def tell_late_buyer(fact: dict[str, Any]) -> None:
    """The reaction to money that came too late."""
    write_late_letter(int(fact["order_id"]), int(fact["refund_id"]), now=clock.now())


def tell_of_dispute(fact: dict[str, Any]) -> None:
    """The reaction to a dispute that was opened or decided."""
    payment_id, reason = payment_of_dispute(int(fact["dispute_id"]))
    status = str(fact["status"])
    key = f"dispute:{fact['dispute_id']}:{status}"
    write_concern(
        key, payment_id, "dispute", f"{status}: {reason}", to_seller=True, now=clock.now()
    )


def tell_of_failed_refund(fact: dict[str, Any]) -> None:
    """The reaction to a refund that Stripe or a bank did not take. Those of a cancelled event are
    listed on its page: one letter a day leads there, however many they are."""
    refund_id, now = int(fact["refund_id"]), clock.now()
    found = refund_in_trouble(refund_id)
    if found.cancelled_event is None:
        kind, key = "refund_failed", f"refund_failed:{refund_id}:{found.tries}"
    else:
        kind, key = "refunds_failed", f"refunds_failed:{found.cancelled_event}:{now.date()}"
    fault = explain_failure(found.fault)
    write_concern(key, found.payment_id, kind, fault, to_seller=True, now=now)


def tell_of_alarm(fact: dict[str, Any]) -> None:
    """The reaction to a payment that does not fit its order."""
    payment_id, reason = int(fact["payment_id"]), str(fact["reason"])
    write_concern(
        f"alarm:{payment_id}", payment_id, "alarm", reason, to_seller=False, now=clock.now()
    )


def work_on_refunds() -> int:
    """The sweep: refunds not sent yet, and sent ones that have been silent for a day."""
    due = due_refund_ids(now=clock.now())
    end_reading()
    pace = Pace(settings().redis_url)

    def work(refund_id: int) -> None:
        pace.wait()
        refunds().work_on(refund_id)

    return len(each(due, work))


def settle_cancelled_events() -> int:
    """The sweep that carries cancellations to their end; how many orders were dealt with."""
    events = cancelled_events_with_work()
    end_reading()
    return sum(each(events, Cancellation(payments(), clock).settle))
