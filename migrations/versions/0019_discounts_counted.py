"""what codes took off, counted with the orders"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# The first ticket of an order counts the order, however many statements bring the others.
# `l.id + 0`: not by the lines' own order, but by those of the order.
IS_FIRST = """f.number = 1 AND NOT EXISTS (
        SELECT 1 FROM order_lines l WHERE l.order_id = f.order_id AND l.id + 0 < f.order_line_id
    )"""
ORDERS = """
    INSERT INTO tallies (event_id, day, figure, amount)
    SELECT f.event_id, (f.issued_at AT TIME ZONE e.timezone)::date, 'ordered', count(*)
    FROM fresh f JOIN events e ON e.id = f.event_id
    WHERE {first}
    GROUP BY 1, 2;
"""
ORDERS_AND_DISCOUNTS = """
    INSERT INTO tallies (event_id, day, figure, amount)
    SELECT f.event_id, (f.issued_at AT TIME ZONE e.timezone)::date, counted.figure,
           sum(counted.amount)
    FROM fresh f
    JOIN events e ON e.id = f.event_id
    CROSS JOIN LATERAL (
        SELECT 'ordered' AS figure, 1 AS amount
        UNION ALL
        SELECT 'discounted', sum(l.discount_minor * l.quantity)
        FROM order_lines l WHERE l.order_id = f.order_id AND l.discount_minor > 0
    ) counted
    WHERE counted.amount > 0 AND {first}
    GROUP BY 1, 2, 3;
"""
# The settings are part of what is replaced: see the migration before this one.
ISSUED = """
CREATE OR REPLACE FUNCTION tally_issued() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO tallies (event_id, tier_id, day, figure, amount)
    SELECT f.event_id, f.tier_id, (f.issued_at AT TIME ZONE e.timezone)::date,
           'tickets_issued', count(*)
    FROM fresh f JOIN events e ON e.id = f.event_id
    GROUP BY 1, 2, 3;
    {counts}
    RETURN NULL;
END $$
"""
SO_FAR = """
INSERT INTO tallies (event_id, tier_id, day, figure, amount, folded)
SELECT o.event_id, 0, (first.issued_at AT TIME ZONE e.timezone)::date, 'discounted',
       sum(l.discount_minor * l.quantity), false
FROM orders o
JOIN order_lines l ON l.order_id = o.id AND l.discount_minor > 0
JOIN (SELECT order_id, min(issued_at) AS issued_at FROM tickets GROUP BY 1) first
  ON first.order_id = o.id
JOIN events e ON e.id = o.event_id
GROUP BY 1, 3
"""


def upgrade() -> None:
    op.execute(ISSUED.format(counts=ORDERS_AND_DISCOUNTS.format(first=IS_FIRST)))
    op.execute(SO_FAR)


def downgrade() -> None:
    op.execute(ISSUED.format(counts=ORDERS.format(first=IS_FIRST)))
    op.execute("DELETE FROM tallies WHERE figure = 'discounted'")
