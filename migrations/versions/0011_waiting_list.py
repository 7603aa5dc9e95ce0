"""waiting list"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


COUNTS = ("held", "sold", "reserved", "capacity")


def upgrade() -> None:
    _statuses("offered", "active", "converted", "released", "expired")
    op.create_table(
        "waiting_counts",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("tier_key", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("stretch", sa.BigInteger(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.CheckConstraint("waiting >= 0", name=op.f("ck_waiting_counts_waiting")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_waiting_counts_event_id")
        ),
        sa.PrimaryKeyConstraint(
            "event_id", "tier_key", "level", "stretch", name=op.f("pk_waiting_counts")
        ),
    )
    op.create_table(
        "waiting_lists",
        sa.Column("event_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("next_number", sa.BigInteger(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("over_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("waiting >= 0", name=op.f("ck_waiting_lists_waiting")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_waiting_lists_event_id")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_waiting_lists")),
    )
    op.create_table(
        "waiting_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("tier_id", sa.BigInteger(), nullable=True),
        sa.Column("tier_key", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("need", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "waiting",
                "paused",
                "offered",
                "purchased",
                "expired",
                "left",
                name="entrystatus",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("joined_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("passed_over", sa.SmallInteger(), nullable=False),
        sa.Column("hold_id", sa.BigInteger(), nullable=True),
        sa.Column("granted", sa.Integer(), nullable=True),
        sa.Column("offered_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("mailed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "because",
            sa.Enum(
                "limit",
                "cancelled",
                "over",
                name="because",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "status <> 'offered' OR hold_id IS NOT NULL",
            name=op.f("ck_waiting_entries_offer_has_hold"),
        ),
        sa.CheckConstraint(
            "quantity > 0 AND need BETWEEN 1 AND quantity", name=op.f("ck_waiting_entries_quantity")
        ),
        sa.CheckConstraint(
            "tier_key = coalesce(tier_id, 0)", name=op.f("ck_waiting_entries_tier_key")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_waiting_entries_event_id")
        ),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.id"], name=op.f("fk_waiting_entries_hold_id")),
        sa.ForeignKeyConstraint(["tier_id"], ["tiers.id"], name=op.f("fk_waiting_entries_tier_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_waiting_entries_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_entries")),
        sa.UniqueConstraint("event_id", "number", name=op.f("uq_waiting_entries_event_id_number")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_waiting_entries_hold_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_waiting_entries_public_id")),
    )
    op.create_index(
        "ix_waiting_entries_event_id_status",
        "waiting_entries",
        ["event_id", "status"],
        unique=False,
    )
    op.create_index(
        "ix_waiting_entries_line",
        "waiting_entries",
        ["event_id", "tier_key", "need", "number"],
        unique=False,
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index(
        "ix_waiting_entries_place",
        "waiting_entries",
        ["event_id", "number", "tier_key"],
        unique=False,
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index(
        op.f("ix_waiting_entries_tier_id"), "waiting_entries", ["tier_id"], unique=False
    )
    op.create_index(
        "ix_waiting_entries_unmailed",
        "waiting_entries",
        ["offered_at"],
        unique=False,
        postgresql_where=sa.text("status = 'offered' AND mailed_at IS NULL"),
    )
    op.create_index(
        "ix_waiting_entries_user_id_joined_at",
        "waiting_entries",
        ["user_id", "joined_at"],
        unique=False,
    )
    op.create_index(
        "uq_waiting_entries_live",
        "waiting_entries",
        ["event_id", "user_id", "tier_key"],
        unique=True,
        postgresql_where=sa.text("status IN ('waiting', 'paused', 'offered')"),
    )
    op.add_column(
        "holds",
        sa.Column("is_offer", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_index(
        "ix_holds_offered",
        "holds",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("status = 'offered'"),
    )
    op.add_column("stocks", sa.Column("reserved", sa.Integer(), server_default="0", nullable=False))
    _promises("held + sold + reserved <= capacity", COUNTS)
    op.create_index(
        "ix_stocks_reserved",
        "stocks",
        ["tier_id"],
        unique=False,
        postgresql_where=sa.text("reserved > 0"),
    )


def downgrade() -> None:
    op.drop_table("waiting_entries")
    op.drop_table("waiting_lists")
    op.drop_table("waiting_counts")
    op.drop_index(
        "ix_stocks_reserved", table_name="stocks", postgresql_where=sa.text("reserved > 0")
    )
    _promises("held + sold <= capacity", ("held", "sold", "capacity"))
    op.drop_column("stocks", "reserved")
    op.drop_index(
        "ix_holds_offered", table_name="holds", postgresql_where=sa.text("status = 'offered'")
    )
    op.execute(
        "UPDATE stocks SET held = held - offered.places FROM (SELECT tier_id, sum(quantity) AS places"
        " FROM hold_lines JOIN holds ON id = hold_id AND status = 'offered' GROUP BY tier_id) offered"
        " WHERE stocks.tier_id = offered.tier_id"
    )
    op.execute("DELETE FROM hold_lines USING holds WHERE id = hold_id AND status = 'offered'")
    op.execute("DELETE FROM holds WHERE status = 'offered'")
    _statuses("active", "converted", "released", "expired")
    op.drop_column("holds", "is_offer")


def _statuses(*allowed: str) -> None:
    words = ", ".join(f"'{status}'" for status in allowed)
    op.drop_constraint(op.f("ck_holds_holdstatus"), "holds", type_="check")
    op.create_check_constraint(op.f("ck_holds_holdstatus"), "holds", f"status IN ({words})")


def _promises(not_oversold: str, counts: tuple[str, ...]) -> None:
    for name in ("not_oversold", "not_negative"):
        op.drop_constraint(op.f(f"ck_stocks_{name}"), "stocks", type_="check")
    op.create_check_constraint(op.f("ck_stocks_not_oversold"), "stocks", not_oversold)
    floor = " AND ".join(f"{count} >= 0" for count in counts)
    op.create_check_constraint(op.f("ck_stocks_not_negative"), "stocks", floor)
