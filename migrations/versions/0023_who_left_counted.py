"""who has left again is counted as it happens, like who came in"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# Somebody inside is not written down each time: they are who came in less who left.
MOVED = """
CREATE OR REPLACE FUNCTION tally_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tallies (event_id, tier_id, day, figure, amount)
    SELECT m.event_id, m.tier_id, (now() AT TIME ZONE e.timezone)::date,
           'tickets_' || m.what, sum(m.amount)
    FROM (
        SELECT f.event_id, f.tier_id, f.status AS what, 1 AS amount
        FROM fresh f JOIN stale s ON s.id = f.id
        WHERE f.status <> s.status AND f.status <> 'valid'
        UNION ALL
        SELECT s.event_id, s.tier_id, s.status, -1
        FROM fresh f JOIN stale s ON s.id = f.id
        WHERE f.status <> s.status AND s.status <> 'valid'
        {left}
    ) m JOIN events e ON e.id = m.event_id
    GROUP BY 1, 2, 3, 4;
    RETURN NULL;
END $$
"""
LEFT = """
        UNION ALL
        SELECT f.event_id, f.tier_id, 'left',
               (f.status = 'used' AND NOT f.inside)::int - (s.status = 'used' AND NOT s.inside)::int
        FROM fresh f JOIN stale s ON s.id = f.id
        WHERE (f.status = 'used' AND NOT f.inside) <> (s.status = 'used' AND NOT s.inside)
"""
SO_FAR = """
    INSERT INTO tallies (event_id, tier_id, day, figure, amount)
    SELECT t.event_id, t.tier_id, (now() AT TIME ZONE e.timezone)::date, 'tickets_left', count(*)
    FROM tickets t JOIN events e ON e.id = t.event_id
    WHERE t.status = 'used' AND NOT t.inside GROUP BY 1, 2, 3
"""


def upgrade() -> None:
    op.execute(MOVED.format(left=LEFT))
    op.execute(SO_FAR)


def downgrade() -> None:
    op.execute(MOVED.format(left=""))
    op.execute("DELETE FROM tallies WHERE figure = 'tickets_left'")
