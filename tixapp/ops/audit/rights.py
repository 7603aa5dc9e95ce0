"""Orders and their tickets, tickets and their admissions."""

from .rows import differences


def orders_have_their_tickets() -> list[str]:
    """A paid or refunded order has exactly as many ticket rows as places; another order none."""
    return differences(
        """
        SELECT o.public_id, o.status, l.places, coalesce(t.tickets, 0) AS tickets
        FROM orders o
        JOIN (SELECT order_id, sum(quantity) AS places FROM order_lines GROUP BY 1) l
          ON l.order_id = o.id
        LEFT JOIN (SELECT order_id, count(*) AS tickets FROM tickets GROUP BY 1) t
          ON t.order_id = o.id
        WHERE (o.status IN ('paid', 'refunded') AND l.places <> coalesce(t.tickets, 0))
           OR (o.status NOT IN ('paid', 'refunded', 'cancelled') AND coalesce(t.tickets, 0) > 0)
        """,
        "order {public_id} is {status} with {places} places and {tickets} tickets",
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
    return differences(
        """
        SELECT t.public_id, t.status, count(c.id) AS standing
        FROM tickets t
        LEFT JOIN check_ins c ON c.ticket_id = t.id AND c.undone_at IS NULL
        GROUP BY t.id
        HAVING count(c.id) > 1
            OR (t.status = 'used' AND count(c.id) <> 1)
            OR (t.status = 'valid' AND count(c.id) <> 0)
        """,
        "ticket {public_id} is {status} with {standing} standing check-ins",
    )
