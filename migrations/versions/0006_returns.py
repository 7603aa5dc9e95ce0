"""returns by the buyer, as the seller allows them"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("return_hours", sa.Integer(), nullable=True))
    op.add_column(
        "events",
        sa.Column("return_share_bps", sa.Integer(), server_default="10000", nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_events_return_share"), "events", "return_share_bps BETWEEN 1 AND 10000"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_events_return_share"), "events", type_="check")
    op.drop_column("events", "return_share_bps")
    op.drop_column("events", "return_hours")
