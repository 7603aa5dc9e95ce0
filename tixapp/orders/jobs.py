"""What must happen to orders when nobody is looking."""

from tixapp.core.clock import clock
from tixapp.core.db import end_reading, transaction
from tixapp.payments.queries import stale_payment_ids

from .flows import payments
from .idempotency import forget_old_keys
from .queries import overdue_payments, payment_ref


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
