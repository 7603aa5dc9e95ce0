"""waiting rooms"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# A draw that was published stays as it was, and whoever was admitted stays admitted.
CUT = """
CREATE FUNCTION rooms_go_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.cut_win, NEW.cut_key) < (OLD.cut_win, OLD.cut_key) THEN
        RAISE EXCEPTION 'the cut of a room never goes back';
    END IF;
    IF NEW.commitment <> OLD.commitment OR NEW.sealed_master <> OLD.sealed_master
        OR (OLD.s0 IS NOT NULL AND (NEW.s0, NEW.entrants_root, NEW.opens_at, NEW.beacon)
            IS DISTINCT FROM (OLD.s0, OLD.entrants_root, OLD.opens_at, OLD.beacon)) THEN
        RAISE EXCEPTION 'what a room has published stays as it is';
    END IF;
    RETURN NEW;
END $$
"""
GUARD_ROOMS = """
CREATE TRIGGER rooms_go_forward BEFORE UPDATE ON rooms
FOR EACH ROW EXECUTE FUNCTION rooms_go_forward()
"""
PAUSED = """
CREATE FUNCTION room_passes_wait_for_the_sale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM events WHERE id = NEW.event_id AND paused_at IS NOT NULL) THEN
        RAISE EXCEPTION 'no pass is made while the sale is paused';
    END IF;
    RETURN NEW;
END $$
"""
GUARD_PASSES = """
CREATE TRIGGER room_passes_wait_for_the_sale BEFORE INSERT ON room_passes
FOR EACH ROW EXECUTE FUNCTION room_passes_wait_for_the_sale()
"""


def upgrade() -> None:
    op.create_table(
        "rooms",
        sa.Column("event_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "announced",
                "open",
                "sold_out",
                "closed",
                name="roomstatus",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("announced_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("commitment", sa.Text(), nullable=False),
        sa.Column("sealed_master", sa.LargeBinary(), nullable=False),
        sa.Column("master", sa.LargeBinary(), nullable=True),
        sa.Column("beacon", sa.Text(), nullable=False),
        sa.Column("opens_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("entrants_root", sa.LargeBinary(), nullable=True),
        sa.Column("s0", sa.LargeBinary(), nullable=True),
        sa.Column("closed_win", sa.Integer(), nullable=False),
        sa.Column("joined_before", sa.Integer(), nullable=False),
        sa.Column("joined_late", sa.Integer(), nullable=False),
        sa.Column("cut_win", sa.Integer(), nullable=False),
        sa.Column("cut_key", sa.BigInteger(), nullable=False),
        sa.Column("admitted", sa.Integer(), nullable=False),
        sa.Column("claimed", sa.Integer(), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("a_max", sa.Integer(), nullable=False),
        sa.Column("is_strict", sa.Boolean(), nullable=False),
        sa.Column("learned", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("steered_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("table_hash", sa.Text(), nullable=False),
        sa.Column("draw_table", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "CASE status WHEN 'announced' THEN s0 IS NULL WHEN 'closed' THEN true ELSE s0 IS NOT NULL END",
            name=op.f("ck_rooms_open_when_drawn"),
        ),
        sa.CheckConstraint(
            "master IS NULL OR status = 'closed'", name=op.f("ck_rooms_secret_until_closed")
        ),
        sa.CheckConstraint("rate > 0 AND a_max > 0", name=op.f("ck_rooms_limits")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_rooms_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_rooms")),
    )
    op.create_index(
        "ix_rooms_running",
        "rooms",
        ["event_id"],
        unique=False,
        postgresql_where=sa.text("status <> 'closed'"),
    )
    op.create_table(
        "room_entries",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("eid", sa.LargeBinary(), nullable=False),
        sa.Column("win", sa.Integer(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=True),
        sa.Column("joined_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("asked_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("key >= 0", name=op.f("ck_room_entries_key")),
        sa.CheckConstraint("win >= 0 AND length(eid) = 16", name=op.f("ck_room_entries_shape")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["rooms.event_id"], name=op.f("fk_room_entries_event_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_room_entries_user_id")),
        sa.PrimaryKeyConstraint("user_id", "event_id", name=op.f("pk_room_entries")),
    )
    op.create_index(
        "ix_room_entries_order", "room_entries", ["event_id", "win", "key", "user_id"], unique=False
    )
    op.create_index(
        "ix_room_entries_asked",
        "room_entries",
        ["event_id", "asked_at"],
        unique=False,
        postgresql_where=sa.text("asked_at IS NOT NULL"),
    )
    op.create_table(
        "room_passes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("win", sa.Integer(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("cut_win", sa.Integer(), nullable=False),
        sa.Column("cut_key", sa.BigInteger(), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("a_max", sa.Integer(), nullable=False),
        sa.Column("promised", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "ended",
            sa.Enum(
                "bought",
                "expired",
                "left",
                name="passend",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("hold_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (ended IS NULL)", name=op.f("ck_room_passes_end")),
        sa.CheckConstraint(
            "(win, key) < (cut_win, cut_key)", name=op.f("ck_room_passes_below_the_cut")
        ),
        sa.CheckConstraint("nth BETWEEN 1 AND a_max", name=op.f("ck_room_passes_within_the_room")),
        sa.ForeignKeyConstraint(
            ["event_id", "user_id"],
            ["room_entries.event_id", "room_entries.user_id"],
            name=op.f("fk_room_passes_event_id_user_id"),
        ),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.id"], name=op.f("fk_room_passes_hold_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_passes")),
    )
    op.create_index("ix_room_passes_event", "room_passes", ["event_id", "id"], unique=False)
    op.create_index("ix_room_passes_hold", "room_passes", ["hold_id"], unique=False)
    op.create_index(
        "uq_room_passes_one_live",
        "room_passes",
        ["event_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.execute(CUT)
    op.execute(GUARD_ROOMS)
    op.execute(PAUSED)
    op.execute(GUARD_PASSES)


def downgrade() -> None:
    op.drop_index(
        "uq_room_passes_one_live",
        table_name="room_passes",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index("ix_room_passes_hold", table_name="room_passes")
    op.drop_index("ix_room_passes_event", table_name="room_passes")
    op.drop_table("room_passes")
    op.drop_index(
        "ix_room_entries_asked",
        table_name="room_entries",
        postgresql_where=sa.text("asked_at IS NOT NULL"),
    )
    op.drop_index("ix_room_entries_order", table_name="room_entries")
    op.drop_table("room_entries")
    op.drop_index(
        "ix_rooms_running", table_name="rooms", postgresql_where=sa.text("status <> 'closed'")
    )
    op.drop_table("rooms")
    op.execute("DROP FUNCTION room_passes_wait_for_the_sale")
    op.execute("DROP FUNCTION rooms_go_forward")
