"""what of a payout belongs to which event"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payouts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("stripe_payout", sa.Text(), nullable=False),
        sa.Column("stripe_account", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
        sa.UniqueConstraint("stripe_payout", name=op.f("uq_payouts_stripe_payout")),
    )
    op.create_index(op.f("ix_payouts_stripe_account"), "payouts", ["stripe_account"])
    op.create_table(
        "payout_parts",
        sa.Column("payout_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["payout_id"], ["payouts.id"], name=op.f("fk_payout_parts_payout_id_payouts")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_payout_parts_event_id_events")
        ),
        sa.PrimaryKeyConstraint("payout_id", "event_id", name=op.f("pk_payout_parts")),
    )
    op.create_index(op.f("ix_payout_parts_event_id"), "payout_parts", ["event_id"])


def downgrade() -> None:
    op.drop_table("payout_parts")
    op.drop_table("payouts")
