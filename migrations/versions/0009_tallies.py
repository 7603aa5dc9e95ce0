"""what an event has sold, counted as it happens"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MONEY = """
CREATE FUNCTION tally_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tallies (event_id, day, figure, amount)
    SELECT o.event_id, (f.entered_at AT TIME ZONE e.timezone)::date, f.kind, sum(f.amount_minor)
    FROM fresh f
    JOIN payments p ON p.id = f.payment_id
    JOIN orders o ON o.id = p.order_id
    JOIN events e ON e.id = o.event_id
    GROUP BY 1, 2, 3;
    RETURN NULL;
END $$
"""
# The first ticket of an order counts the order, however many statements bring the others.
ISSUED = """
CREATE FUNCTION tally_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tallies (event_id, tier_id, day, figure, amount)
    SELECT f.event_id, f.tier_id, (f.issued_at AT TIME ZONE e.timezone)::date,
           'tickets_issued', count(*)
    FROM fresh f JOIN events e ON e.id = f.event_id
    GROUP BY 1, 2, 3;
    INSERT INTO tallies (event_id, day, figure, amount)
    SELECT f.event_id, (f.issued_at AT TIME ZONE e.timezone)::date, 'ordered', count(*)
    FROM fresh f JOIN events e ON e.id = f.event_id
    WHERE f.number = 1 AND f.order_line_id = (
        SELECT min(l.id) FROM order_lines l WHERE l.order_id = f.order_id
    )
    GROUP BY 1, 2;
    RETURN NULL;
END $$
"""
# A ticket that is let in, or let out again, refunded or cancelled leaves one count for another.
MOVED = """
CREATE FUNCTION tally_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tallies (event_id, tier_id, day, figure, amount)
    SELECT m.event_id, m.tier_id, (now() AT TIME ZONE e.timezone)::date,
           'tickets_' || m.status, sum(m.amount)
    FROM (
        SELECT f.event_id, f.tier_id, f.status, 1 AS amount
        FROM fresh f JOIN stale s ON s.id = f.id
        WHERE f.status <> s.status AND f.status <> 'valid'
        UNION ALL
        SELECT s.event_id, s.tier_id, s.status, -1
        FROM fresh f JOIN stale s ON s.id = f.id
        WHERE f.status <> s.status AND s.status <> 'valid'
    ) m JOIN events e ON e.id = m.event_id
    GROUP BY 1, 2, 3, 4;
    RETURN NULL;
END $$
"""
TRIGGERS = (
    ("tally_ledger", "INSERT ON ledger REFERENCING NEW TABLE AS fresh"),
    ("tally_issued", "INSERT ON tickets REFERENCING NEW TABLE AS fresh"),
    ("tally_moved", "UPDATE ON tickets REFERENCING OLD TABLE AS stale NEW TABLE AS fresh"),
)
# All that happened before there were tallies.
SO_FAR = (
    """
    SELECT o.event_id, 0, (l.entered_at AT TIME ZONE e.timezone)::date, l.kind,
           sum(l.amount_minor), true
    FROM ledger l JOIN payments p ON p.id = l.payment_id JOIN orders o ON o.id = p.order_id
    JOIN events e ON e.id = o.event_id GROUP BY 1, 3, 4
    """,
    """
    SELECT t.event_id, t.tier_id, (t.issued_at AT TIME ZONE e.timezone)::date, 'tickets_issued',
           count(*), true
    FROM tickets t JOIN events e ON e.id = t.event_id GROUP BY 1, 2, 3
    """,
    """
    SELECT t.event_id, t.tier_id, (now() AT TIME ZONE e.timezone)::date, 'tickets_' || t.status,
           count(*), true
    FROM tickets t JOIN events e ON e.id = t.event_id WHERE t.status <> 'valid' GROUP BY 1, 2, 3, 4
    """,
    """
    SELECT o.event_id, 0, (min(t.issued_at) AT TIME ZONE e.timezone)::date, 'ordered', 1, false
    FROM tickets t JOIN orders o ON o.id = t.order_id JOIN events e ON e.id = o.event_id
    GROUP BY o.id, o.event_id, e.timezone
    """,
)
COLUMNS = "(event_id, tier_id, day, figure, amount, folded)"


def upgrade() -> None:
    op.create_table(
        "tallies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("tier_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("figure", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("folded", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tallies")),
    )
    op.create_index(
        "uq_tallies_folded",
        "tallies",
        ["event_id", "tier_id", "day", "figure"],
        unique=True,
        postgresql_where=sa.text("folded"),
    )
    op.create_index(
        "ix_tallies_fresh", "tallies", ["event_id", "id"], postgresql_where=sa.text("NOT folded")
    )
    op.create_table(
        "tally_marks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_tally_marks")),
    )
    for function in (MONEY, ISSUED, MOVED):
        op.execute(function)
    for name, when in TRIGGERS:
        op.execute(
            f"CREATE TRIGGER {name} AFTER {when} FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )
    for rows in SO_FAR:
        op.execute(f"INSERT INTO tallies {COLUMNS} {rows}")


def downgrade() -> None:
    for name, when in TRIGGERS:
        table = when.split(" ")[2]
        op.execute(f"DROP TRIGGER {name} ON {table}")
        op.execute(f"DROP FUNCTION {name}")
    op.drop_table("tally_marks")
    op.drop_table("tallies")
