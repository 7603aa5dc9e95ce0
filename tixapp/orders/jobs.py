"""What must happen to orders when nobody is looking."""

from datetime import timedelta

from tixapp.core.clock import clock
from tixapp.core.db import end_reading, transaction
from tixapp.gateways import gateways
from tixapp.payments.queries import accounts_in_use, stale_payment_ids, without_money

from .flows import payments
from .idempotency import forget_old_keys
from .queries import overdue_payments, payment_ref

STRAY_WINDOW = timedelta(days=2)


def end_overdue_payments() -> int:
    """Holds at their deadline with a payment open: Stripe ends it, then the places come back."""
    due = overdue_payments(now=clock.now())
    end_reading()
    for payment in due:
        payments().end_overdue(payment)
    return len(due)


def look_at_open_payments() -> int:
    """The net under webhooks and return pages: asks Stripe about payments open for long."""
    due = stale_payment_ids(now=clock.now())
    end_reading()
    for payment_id in due:
        payment = payment_ref(payment_id)
        end_reading()
        if payment is not None:
            payments().look(payment)
    return len(due)


def forget_old_idempotency_keys() -> int:
    """They are promised for a day."""
    with transaction():
        return forget_old_keys(now=clock.now())


def look_for_stray_money() -> int:
    """Sessions that Stripe says were finished and for which we have booked nothing: the last net,
    for money that came after a payment was closed here. How many were found."""
    now = clock.now()
    accounts = accounts_in_use(since=now - STRAY_WINDOW)
    end_reading()
    found = 0
    for account in accounts:
        paid = gateways().stripe.completed_sessions(now - STRAY_WINDOW, account=account)
        stray = without_money([session.id for session in paid if session.is_paid], account)
        end_reading()
        for payment_id in stray:
            payment = payment_ref(payment_id)
            end_reading()
            if payment is not None:
                payments().look(payment)
                found += 1
    return found
