"""what Stripe kept of each payment"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

UNKNOWN = "stripe_fee_minor IS NULL AND stripe_intent IS NOT NULL"


def upgrade() -> None:
    op.add_column("payments", sa.Column("stripe_fee_minor", sa.Integer(), nullable=True))
    op.add_column("payments", sa.Column("fee_look_at", sa.DateTime(timezone=True), nullable=True))
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_payments_fee_unknown",
            "payments",
            ["stripe_account", "settled_at"],
            postgresql_where=sa.text(UNKNOWN),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_payments_fee_unknown", table_name="payments")
    op.drop_column("payments", "fee_look_at")
    op.drop_column("payments", "stripe_fee_minor")
    op.execute("DELETE FROM tallies WHERE figure = 'stripe_fee'")
