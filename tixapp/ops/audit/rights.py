"""Orders and their tickets, tickets and their admissions."""

from .rows import differences


def orders_have_their_tickets() -> list[str]:
    """A paid or refunded order has exactly as many ticket rows of each tier as places; another
    order none."""
    return _places_and_tickets() + _orders_of_nothing()


def _places_and_tickets() -> list[str]:
    # A ticket that was handed on has a successor of the same order line.
    return differences(
        """
        SELECT o.public_id, o.status, tier_id,
               coalesce(l.places, 0) AS places, coalesce(t.tickets, 0) AS tickets
        FROM (SELECT order_id, tier_id, sum(quantity) AS places FROM order_lines GROUP BY 1, 2) l
        FULL JOIN (
            SELECT order_id, tier_id, count(*) AS tickets FROM tickets
            WHERE status <> 'transferred' GROUP BY 1, 2
        ) t USING (order_id, tier_id)
        JOIN orders o ON o.id = order_id
        WHERE (o.status IN ('paid', 'refunded')
               AND coalesce(l.places, 0) <> coalesce(t.tickets, 0))
           OR (o.status NOT IN ('paid', 'refunded', 'cancelled') AND coalesce(t.tickets, 0) > 0)
        """,
        "order {public_id} is {status} with {places} places of tier {tier_id}"
        " and {tickets} tickets",
    )


def _orders_of_nothing() -> list[str]:
    return differences(
        """
        SELECT o.public_id, o.status FROM orders o
        WHERE NOT EXISTS (SELECT 1 FROM order_lines l WHERE l.order_id = o.id)
        """,
        "order {public_id} is {status} and has no lines",
    )


def tickets_have_orders() -> list[str]:
    """No standing ticket without a paid order, and none for money without that money."""
    return differences(
        """
        SELECT t.public_id, o.public_id AS order_id, o.status
        FROM tickets t JOIN orders o ON o.id = t.order_id
        WHERE t.status IN ('valid', 'used') AND (
            o.status <> 'paid' OR (o.total_minor > 0 AND NOT EXISTS (
                SELECT 1 FROM payments p
                WHERE p.order_id = o.id AND p.status IN ('succeeded', 'disputed')
            ))
        )
        """,
        "ticket {public_id} stands, but its order {order_id} is {status} or not paid for",
    )


def tickets_admit_once() -> list[str]:
    """Or again, where their event lets people out and in; and they repeat what check-ins say."""
    return differences(
        """
        SELECT t.public_id, t.status, count(c.id) AS standing
        FROM tickets t
        JOIN events e ON e.id = t.event_id
        LEFT JOIN check_ins c ON c.ticket_id = t.id AND c.undone_at IS NULL
        GROUP BY t.id, e.entry
        HAVING (e.entry = 'single' AND count(c.id) > 1)
            OR (t.status = 'used' AND count(c.id) = 0)
            OR (t.status = 'valid' AND count(c.id) <> 0)
        """,
        "ticket {public_id} is {status} with {standing} standing check-ins",
    ) + differences(
        """
        SELECT t.public_id, t.entries, t.inside, count(c.id) AS came,
               count(c.id) FILTER (WHERE c.left_at IS NULL) AS stayed
        FROM tickets t
        LEFT JOIN check_ins c ON c.ticket_id = t.id AND c.undone_at IS NULL
        GROUP BY t.id
        HAVING t.entries <> count(c.id)
            OR t.inside <> (count(c.id) FILTER (WHERE c.left_at IS NULL) = 1)
        """,
        "ticket {public_id} counts {entries} entries, inside {inside}: its check-ins say {came},"
        " {stayed} not left",
    )
