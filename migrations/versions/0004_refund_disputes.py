"""refund disputes"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OLD_KINDS = "'captured', 'fee', 'refunded', 'fee_returned', 'disputed', 'reinstated'"
NEW_KINDS = "'captured', 'fee', 'refunded', 'fee_returned', 'refund_back', 'disputed', 'reinstated'"


def upgrade() -> None:
    op.create_table(
        "disputes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("stripe_dispute", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "inquiry",
                "open",
                "won",
                "lost",
                name="disputestatus",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("due_by", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("closed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_disputes_payment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
        sa.UniqueConstraint("stripe_dispute", name=op.f("uq_disputes_stripe_dispute")),
    )
    op.create_index(op.f("ix_disputes_payment_id"), "disputes", ["payment_id"], unique=False)
    op.add_column("tickets", sa.Column("refund_id", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_tickets_refund_id"), "tickets", ["refund_id"], unique=False)
    op.create_foreign_key(op.f("fk_tickets_refund_id"), "tickets", "refunds", ["refund_id"], ["id"])

    _allow_kinds(NEW_KINDS)


def downgrade() -> None:
    _allow_kinds(OLD_KINDS)
    op.drop_constraint(op.f("fk_tickets_refund_id"), "tickets", type_="foreignkey")
    op.drop_index(op.f("ix_tickets_refund_id"), table_name="tickets")
    op.drop_column("tickets", "refund_id")
    op.drop_index(op.f("ix_disputes_payment_id"), table_name="disputes")
    op.drop_table("disputes")


def _allow_kinds(kinds: str) -> None:
    op.drop_constraint(op.f("ck_ledger_entrykind"), "ledger", type_="check")
    op.create_check_constraint(op.f("ck_ledger_entrykind"), "ledger", f"kind IN ({kinds})")
