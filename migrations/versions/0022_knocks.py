"""when the door of a room asked somebody for a proof"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("room_entries", sa.Column("knocked_at", sa.TIMESTAMP(timezone=True)))


def downgrade() -> None:
    op.drop_column("room_entries", "knocked_at")
