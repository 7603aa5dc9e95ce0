"""offers whose letter never left"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

NAME = "ck_waiting_entries_because"
BEFORE = "because IN ('limit', 'cancelled', 'over')"
AFTER = "because IN ('limit', 'cancelled', 'over', 'untold')"


def upgrade() -> None:
    _replace(AFTER)


def downgrade() -> None:
    op.execute("UPDATE waiting_entries SET because = NULL WHERE because = 'untold'")
    _replace(BEFORE)


def _replace(condition: str) -> None:
    """Rows are looked through without a lock that keeps others out."""
    op.drop_constraint(op.f(NAME), "waiting_entries", type_="check")
    op.execute(f"ALTER TABLE waiting_entries ADD CONSTRAINT {NAME} CHECK ({condition}) NOT VALID")
    op.execute(f"ALTER TABLE waiting_entries VALIDATE CONSTRAINT {NAME}")
