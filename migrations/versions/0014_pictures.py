"""pictures of events"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pictures",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("names", postgresql.JSONB(), nullable=False),
        sa.Column("uploaded_by", sa.BigInteger(), nullable=True),
        sa.Column("uploaded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ready_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("removed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("cleared_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_pictures_size")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_pictures_event_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_pictures_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pictures")),
        sa.UniqueConstraint("public_id", name=op.f("uq_pictures_public_id")),
    )
    op.create_index(op.f("ix_pictures_event_id"), "pictures", ["event_id"])
    op.create_index(op.f("ix_pictures_seller_id"), "pictures", ["seller_id"])
    op.create_index(
        "uq_pictures_shown",
        "pictures",
        ["event_id"],
        unique=True,
        postgresql_where=sa.text("ready_at IS NOT NULL AND removed_at IS NULL"),
    )
    op.create_index(
        "ix_pictures_uncleared",
        "pictures",
        ["id"],
        postgresql_where=sa.text(
            "cleared_at IS NULL AND (ready_at IS NULL OR removed_at IS NOT NULL)"
        ),
    )


def downgrade() -> None:
    op.drop_table("pictures")
