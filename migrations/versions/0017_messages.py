"""messages to the buyers of an event"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("tier_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", sa.BigInteger(), nullable=False),
        sa.Column("written_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column("last_user_id", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('visit', 'news')", name=op.f("ck_messages_messagekind")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_messages_event_id")),
        sa.ForeignKeyConstraint(["tier_id"], ["tiers.id"], name=op.f("fk_messages_tier_id")),
        sa.ForeignKeyConstraint(["written_by"], ["users.id"], name=op.f("fk_messages_written_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("public_id", name=op.f("uq_messages_public_id")),
    )
    op.create_index(op.f("ix_messages_event_id"), "messages", ["event_id"], unique=False)
    op.create_index(
        "ix_messages_open",
        "messages",
        ["id"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "unsubscriptions",
        sa.Column("seller_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_unsubscriptions_seller_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_unsubscriptions_user_id")),
        sa.PrimaryKeyConstraint("seller_id", "user_id", name=op.f("pk_unsubscriptions")),
    )


def downgrade() -> None:
    op.drop_table("unsubscriptions")
    op.drop_table("messages")
