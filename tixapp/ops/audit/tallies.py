"""What was counted against the rows it was counted from."""

from .rows import differences


def tallies_equal_their_rows() -> list[str]:
    return differences(
        """
        WITH counted AS (
            SELECT event_id, figure, sum(amount) AS amount FROM tallies
            WHERE figure NOT IN ('viewed', 'held') GROUP BY 1, 2
        ), rows AS (
            SELECT o.event_id, l.kind AS figure, sum(l.amount_minor) AS amount
            FROM ledger l JOIN payments p ON p.id = l.payment_id JOIN orders o ON o.id = p.order_id
            GROUP BY 1, 2
            UNION ALL
            SELECT event_id, 'tickets_issued', count(*) FROM tickets GROUP BY 1
            UNION ALL
            SELECT event_id, 'tickets_' || status, count(*) FROM tickets
            WHERE status <> 'valid' GROUP BY 1, 2
            UNION ALL
            SELECT event_id, 'tickets_left', count(*) FROM tickets
            WHERE status = 'used' AND NOT inside GROUP BY 1
            UNION ALL
            SELECT event_id, 'ordered', count(DISTINCT order_id) FROM tickets GROUP BY 1
            UNION ALL
            SELECT o.event_id, 'stripe_fee', sum(p.stripe_fee_minor)
            FROM payments p JOIN orders o ON o.id = p.order_id
            WHERE p.stripe_fee_minor IS NOT NULL GROUP BY 1
            UNION ALL
            SELECT o.event_id, 'discounted', sum(l.discount_minor * l.quantity)
            FROM orders o JOIN order_lines l ON l.order_id = o.id AND l.discount_minor > 0
            WHERE EXISTS (SELECT FROM tickets t WHERE t.order_id = o.id) GROUP BY 1
        )
        SELECT event_id, figure, coalesce(c.amount, 0) AS counted, coalesce(r.amount, 0) AS real
        FROM counted c FULL JOIN rows r USING (event_id, figure)
        WHERE coalesce(c.amount, 0) <> coalesce(r.amount, 0)
        ORDER BY event_id, figure
        """,
        "event {event_id}: {counted} counted as {figure}, the rows say {real}",
    )
