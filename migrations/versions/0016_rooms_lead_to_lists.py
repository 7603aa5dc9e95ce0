"""rooms lead to the waiting list in their own order"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rooms", sa.Column("list_first", sa.BigInteger(), nullable=True))
    op.add_column(
        "rooms", sa.Column("list_count", sa.Integer(), server_default="0", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("rooms", "list_count")
    op.drop_column("rooms", "list_first")
