"""what buyers are told of a seller, and whether it ever took payments"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sellers", sa.Column("contact", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "sellers",
        sa.Column("has_charged", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.execute("UPDATE sellers SET has_charged = charges_enabled")


def downgrade() -> None:
    op.drop_column("sellers", "has_charged")
    op.drop_column("sellers", "contact")
