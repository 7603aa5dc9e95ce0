"""what Stripe kept of each payment"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

UNKNOWN = "stripe_fee_minor IS NULL AND stripe_intent IS NOT NULL"


def upgrade() -> None:
    # The index is made outside of a transaction, so all of this may have been begun before: the
    # columns are there then, and what is left of the index is of no use.
    fee = sa.Column("stripe_fee_minor", sa.Integer(), nullable=True)
    look_at = sa.Column("fee_look_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("payments", fee, if_not_exists=True)
    op.add_column("payments", look_at, if_not_exists=True)
    with op.get_context().autocommit_block():
        op.drop_index(
            "ix_payments_fee_unknown", "payments", postgresql_concurrently=True, if_exists=True
        )
        op.create_index(
            "ix_payments_fee_unknown",
            "payments",
            ["stripe_account", "settled_at"],
            postgresql_where=sa.text(UNKNOWN),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    op.drop_index("ix_payments_fee_unknown", table_name="payments")
    op.drop_column("payments", "fee_look_at")
    op.drop_column("payments", "stripe_fee_minor")
    op.execute("DELETE FROM tallies WHERE figure = 'stripe_fee'")
