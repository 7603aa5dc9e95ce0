"""counting by index whatever the planner knew when a connection first counted

A function keeps its plan while the tables grow under it: one made on an empty database would read
whole tables at each sale, until the statistics are next gathered. The least line of an order was
looked for along all lines there are.
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# `l.id + 0`: not by the lines' own order, but by those of the order.
FIRST = """NOT EXISTS (
        SELECT 1 FROM order_lines l WHERE l.order_id = f.order_id AND l.id + 0 < f.order_line_id
    )"""
FIRST_BEFORE = """f.order_line_id = (
        SELECT min(l.id) FROM order_lines l WHERE l.order_id = f.order_id
    )"""
ISSUED = """
CREATE OR REPLACE FUNCTION tally_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tallies (event_id, tier_id, day, figure, amount)
    SELECT f.event_id, f.tier_id, (f.issued_at AT TIME ZONE e.timezone)::date,
           'tickets_issued', count(*)
    FROM fresh f JOIN events e ON e.id = f.event_id
    GROUP BY 1, 2, 3;
    INSERT INTO tallies (event_id, day, figure, amount)
    SELECT f.event_id, (f.issued_at AT TIME ZONE e.timezone)::date, 'ordered', count(*)
    FROM fresh f JOIN events e ON e.id = f.event_id
    WHERE f.number = 1 AND {first}
    GROUP BY 1, 2;
    RETURN NULL;
END $$
"""
# What moves in one statement may be many rows of both sides: there a hash is the right way.
BY_INDEX = {
    "tally_ledger": ("enable_seqscan", "enable_hashjoin", "enable_mergejoin"),
    "tally_issued": ("enable_seqscan", "enable_hashjoin", "enable_mergejoin"),
    "tally_moved": ("enable_seqscan",),
}


def upgrade() -> None:
    op.execute(ISSUED.format(first=FIRST))
    for function, settings in BY_INDEX.items():
        for setting in settings:
            op.execute(f"ALTER FUNCTION {function}() SET {setting} = off")


def downgrade() -> None:
    for function in BY_INDEX:
        op.execute(f"ALTER FUNCTION {function}() RESET ALL")
    op.execute(ISSUED.format(first=FIRST_BEFORE))
