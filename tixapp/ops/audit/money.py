"""Payments, refunds and the ledger against each other."""

from .rows import differences


def refunds_stay_below_payments() -> list[str]:
    return differences(
        """
        SELECT p.public_id, p.amount_minor, p.currency, sum(r.amount_minor) AS refunded
        FROM payments p JOIN refunds r ON r.payment_id = p.id
        WHERE r.status IN ('requested', 'submitted', 'succeeded')
        GROUP BY p.id HAVING sum(r.amount_minor) > p.amount_minor
        """,
        "payment {public_id}: {refunded} refunded of {amount_minor} {currency} (minor units)",
    )


def money_has_reasons() -> list[str]:
    return _captures() + _fees() + _fees_returned() + _refunds()


def money_has_tickets_or_a_refund() -> list[str]:
    """What came in for an order that was not paid, or on top of it, goes back. Disputed money is
    with the bank."""
    return differences(
        """
        SELECT o.public_id, o.status, o.currency,
               sum(p.amount_minor - coalesce(r.refunded, 0))
               - CASE WHEN o.status IN ('paid', 'refunded') THEN o.total_minor ELSE 0 END AS astray
        FROM orders o
        JOIN payments p ON p.order_id = o.id AND p.status = 'succeeded'
        LEFT JOIN (
            SELECT payment_id, sum(amount_minor) AS refunded FROM refunds
            WHERE status IN ('requested', 'submitted', 'succeeded') GROUP BY 1
        ) r ON r.payment_id = p.id
        GROUP BY o.id
        HAVING sum(p.amount_minor - coalesce(r.refunded, 0))
            > CASE WHEN o.status IN ('paid', 'refunded') THEN o.total_minor ELSE 0 END
        """,
        "order {public_id} is {status}: {astray} {currency} (minor units) of it have neither"
        " tickets nor a refund",
    )


def _captures() -> list[str]:
    return differences(
        """
        SELECT p.public_id, p.status, p.amount_minor, coalesce(sum(l.amount_minor), 0) AS booked
        FROM payments p LEFT JOIN ledger l ON l.payment_id = p.id AND l.kind = 'captured'
        GROUP BY p.id
        HAVING coalesce(sum(l.amount_minor), 0)
            <> CASE WHEN p.status IN ('succeeded', 'disputed') THEN p.amount_minor ELSE 0 END
        """,
        "payment {public_id} is {status} over {amount_minor}, the ledger has {booked}",
    )


def _fees() -> list[str]:
    return differences(
        """
        SELECT p.public_id, p.fee_minor, coalesce(sum(l.amount_minor), 0) AS booked
        FROM payments p LEFT JOIN ledger l ON l.payment_id = p.id AND l.kind = 'fee'
        WHERE p.status IN ('succeeded', 'disputed')
        GROUP BY p.id HAVING coalesce(sum(l.amount_minor), 0) <> p.fee_minor
        """,
        "payment {public_id} has a fee of {fee_minor}, the ledger has {booked}",
    )


def _fees_returned() -> list[str]:
    """Never more than there was, and all of it with all of the money."""
    return differences(
        """
        SELECT p.public_id, p.fee_minor, coalesce(l.returned, 0) AS returned
        FROM payments p
        JOIN (
            SELECT payment_id, sum(amount_minor) AS back FROM refunds
            WHERE status = 'succeeded' AND returns_fee GROUP BY 1
        ) r ON r.payment_id = p.id
        LEFT JOIN (
            SELECT payment_id, -sum(amount_minor) AS returned FROM ledger
            WHERE kind = 'fee_returned' GROUP BY 1
        ) l ON l.payment_id = p.id
        WHERE coalesce(l.returned, 0) > p.fee_minor
           OR (r.back = p.amount_minor AND coalesce(l.returned, 0) <> p.fee_minor)
        """,
        "payment {public_id} had a fee of {fee_minor}, and {returned} of it was returned",
    )


def _refunds() -> list[str]:
    return differences(
        """
        SELECT r.public_id, r.status, r.amount_minor, coalesce(-sum(l.amount_minor), 0) AS booked
        FROM refunds r LEFT JOIN ledger l ON l.refund_id = r.id
            AND l.kind IN ('refunded', 'refund_back')
        GROUP BY r.id
        HAVING coalesce(-sum(l.amount_minor), 0)
            <> CASE WHEN r.status = 'succeeded' THEN r.amount_minor ELSE 0 END
        """,
        "refund {public_id} is {status} over {amount_minor}, the ledger has {booked}",
    )
