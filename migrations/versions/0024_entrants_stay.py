"""who takes part in a draw stays as it was shown, also while a beacon is awaited"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

BODY = """
CREATE OR REPLACE FUNCTION rooms_go_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.cut_win, NEW.cut_key) < (OLD.cut_win, OLD.cut_key) THEN
        RAISE EXCEPTION 'the cut of a room never goes back';
    END IF;
    IF NEW.commitment <> OLD.commitment OR NEW.sealed_master <> OLD.sealed_master
        %s OR (OLD.s0 IS NOT NULL AND (NEW.s0, NEW.entrants_root, NEW.opens_at, NEW.beacon)
            IS DISTINCT FROM (OLD.s0, OLD.entrants_root, OLD.opens_at, OLD.beacon)) THEN
        RAISE EXCEPTION 'what a room has published stays as it is';
    END IF;
    RETURN NEW;
END $$
"""
ENTRANTS = """OR (OLD.entrants_root IS NOT NULL AND (NEW.entrants_root, NEW.opens_at)
            IS DISTINCT FROM (OLD.entrants_root, OLD.opens_at))"""


def upgrade() -> None:
    op.execute(BODY % ENTRANTS)


def downgrade() -> None:
    op.execute(BODY % "")
