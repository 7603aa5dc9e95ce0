"""codes that make tickets cheaper or open hidden ones"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "codes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("percent_bps", sa.Integer(), nullable=True),
        sa.Column("amount_minor", sa.Integer(), nullable=True),
        sa.Column("tier_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("total_limit", sa.Integer(), nullable=True),
        sa.Column("person_limit", sa.Integer(), nullable=True),
        sa.Column("order_limit", sa.Integer(), nullable=True),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "percent_bps IS NULL OR amount_minor IS NULL", name=op.f("ck_codes_one_kind")
        ),
        sa.CheckConstraint("percent_bps BETWEEN 1 AND 10000", name=op.f("ck_codes_percent")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_codes_amount")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_codes_event_id")),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_codes_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_codes")),
        sa.UniqueConstraint("public_id", name=op.f("uq_codes_public_id")),
    )
    op.create_index(op.f("ix_codes_event_id"), "codes", ["event_id"], unique=False)
    op.create_index(
        "uq_codes_standing",
        "codes",
        ["event_id", "key"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.add_column("holds", sa.Column("code_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_holds_code_id"), "holds", "codes", ["code_id"], ["id"])
    op.create_index(
        "ix_holds_code_id",
        "holds",
        ["code_id"],
        unique=False,
        postgresql_where=sa.text("code_id IS NOT NULL"),
    )
    op.add_column(
        "order_lines",
        sa.Column("discount_minor", sa.Integer(), server_default="0", nullable=False),
    )
    op.add_column(
        "tiers", sa.Column("hidden", sa.Boolean(), server_default=sa.false(), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("tiers", "hidden")
    op.drop_column("order_lines", "discount_minor")
    op.drop_index("ix_holds_code_id", table_name="holds")
    op.drop_constraint(op.f("fk_holds_code_id"), "holds", type_="foreignkey")
    op.drop_column("holds", "code_id")
    op.drop_table("codes")
