"""the door"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Each change of a ticket carries its transaction, so that a phone can ask for what came after.
MARK = """
CREATE FUNCTION mark_for_the_door() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.door_mark := (pg_current_xact_id()::text)::bigint;
    RETURN NEW;
END $$
"""
MARKING = """
CREATE TRIGGER mark_for_the_door BEFORE UPDATE ON tickets
FOR EACH ROW EXECUTE FUNCTION mark_for_the_door()
"""
STANDS_FOR_COUNTS = """
UPDATE tickets SET inside = true, entries = 1 WHERE status = 'used'
"""
WHERE_A_CHECK_IN_CAME_FROM = """
UPDATE check_ins SET scan_row = (
    SELECT min(s.id) FROM scans s
    WHERE s.ticket_id = check_ins.ticket_id AND s.result = 'admitted'
      AND s.scanned_at = check_ins.at AND s.gate = check_ins.gate)
"""
STANDING = "undone_at IS NULL"


def upgrade() -> None:
    op.create_table(
        "door_pins",
        sa.Column("event_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("set_by", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_door_pins_event_id")),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"], name=op.f("fk_door_pins_set_by")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_door_pins")),
    )
    op.create_table(
        "gates",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tier_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("closed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_gates_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gates")),
        sa.UniqueConstraint("event_id", "number", name=op.f("uq_gates_event_id_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_gates_public_id")),
    )
    op.create_table(
        "devices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("gate_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("paired_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("paired_by", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_by", sa.BigInteger(), nullable=True),
        sa.Column("offset_ms", sa.BigInteger(), nullable=True),
        sa.Column("battery", sa.Double(), nullable=True),
        sa.Column("is_charging", sa.Boolean(), nullable=True),
        sa.Column("unsent", sa.Integer(), nullable=True),
        sa.Column("list_seq", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["ended_by"], ["users.id"], name=op.f("fk_devices_ended_by")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_devices_event_id")),
        sa.ForeignKeyConstraint(["gate_id"], ["gates.id"], name=op.f("fk_devices_gate_id")),
        sa.ForeignKeyConstraint(["paired_by"], ["users.id"], name=op.f("fk_devices_paired_by")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_devices_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("public_id", name=op.f("uq_devices_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_devices_token_hash")),
    )
    op.create_index(op.f("ix_devices_event_id"), "devices", ["event_id"], unique=False)
    op.create_table(
        "pairings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("gate_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("used_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["gate_id"], ["gates.id"], name=op.f("fk_pairings_gate_id")),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_pairings_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pairings")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_pairings_code_hash")),
    )
    op.create_index(op.f("ix_pairings_gate_id"), "pairings", ["gate_id"], unique=False)
    op.create_table(
        "refused_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("line_hash", sa.LargeBinary(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("by_device_id", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_device_id"], ["devices.id"], name=op.f("fk_refused_lines_by_device_id")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_refused_lines_event_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_lines")),
        sa.UniqueConstraint(
            "event_id", "line_hash", name=op.f("uq_refused_lines_event_id_line_hash")
        ),
    )
    op.create_table(
        "ticket_seals",
        sa.Column("ticket_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("made_from", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rotating", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_seals_ticket_id")
        ),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_ticket_seals")),
    )
    op.create_table(
        "conflicts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "twice",
                "refunded",
                "cancelled",
                "transferred",
                "wrong_event",
                "unknown",
                "ended_device",
                name="conflictkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("scan_row", sa.BigInteger(), nullable=False),
        sa.Column("against", sa.BigInteger(), nullable=True),
        sa.Column("found_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("gone_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("seen_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("seen_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["against"], ["scans.id"], name=op.f("fk_conflicts_against")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_conflicts_event_id")),
        sa.ForeignKeyConstraint(["scan_row"], ["scans.id"], name=op.f("fk_conflicts_scan_row")),
        sa.ForeignKeyConstraint(["seen_by"], ["users.id"], name=op.f("fk_conflicts_seen_by")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_conflicts_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflicts")),
        sa.UniqueConstraint("scan_row", name=op.f("uq_conflicts_scan_row")),
    )
    op.create_index("ix_conflicts_event_id", "conflicts", ["event_id", "id"], unique=False)
    op.create_index(op.f("ix_conflicts_ticket_id"), "conflicts", ["ticket_id"], unique=False)
    op.add_column("check_ins", sa.Column("scan_row", sa.BigInteger(), nullable=True))
    op.add_column(
        "check_ins", sa.Column("gate_number", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("check_ins", sa.Column("device_id", sa.BigInteger(), nullable=True))
    op.add_column("check_ins", sa.Column("left_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.alter_column("check_ins", "by_user_id", existing_type=sa.BIGINT(), nullable=True)
    op.create_unique_constraint(op.f("uq_check_ins_scan_row"), "check_ins", ["scan_row"])
    op.create_foreign_key(
        op.f("fk_check_ins_device_id"), "check_ins", "devices", ["device_id"], ["id"]
    )
    op.create_foreign_key(op.f("fk_check_ins_scan_row"), "check_ins", "scans", ["scan_row"], ["id"])
    op.add_column(
        "events",
        sa.Column(
            "entry",
            sa.Enum(
                "single",
                "reentry",
                "multiple",
                name="entry",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            server_default="single",
            nullable=False,
        ),
    )
    op.add_column(
        "events",
        sa.Column(
            "has_rotating_codes", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
    )
    op.add_column("scans", sa.Column("device_id", sa.BigInteger(), nullable=True))
    op.add_column("scans", sa.Column("number", sa.Integer(), nullable=True))
    op.add_column("scans", sa.Column("kind", sa.Text(), server_default="in", nullable=False))
    op.add_column(
        "scans", sa.Column("gate_number", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "scans",
        sa.Column("is_doubtful", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("scans", sa.Column("undoes", sa.Text(), nullable=True))
    op.add_column("scans", sa.Column("line", sa.Text(), nullable=True))
    op.add_column("scans", sa.Column("undone_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.alter_column("scans", "by_user_id", existing_type=sa.BIGINT(), nullable=True)
    op.drop_index(op.f("ix_scans_event_id"), table_name="scans")
    op.create_index(
        "ix_scans_event_id_scanned_at", "scans", ["event_id", "scanned_at"], unique=False
    )
    op.create_index(
        "uq_scans_device_number",
        "scans",
        ["device_id", "number"],
        unique=True,
        postgresql_where=sa.text("number IS NOT NULL"),
    )
    op.create_index(
        "uq_scans_device_scan_id",
        "scans",
        ["device_id", "scan_id"],
        unique=True,
        postgresql_where=sa.text("device_id IS NOT NULL"),
    )
    op.create_foreign_key(op.f("fk_scans_device_id"), "scans", "devices", ["device_id"], ["id"])
    op.add_column(
        "tickets",
        sa.Column("inside", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("tickets", sa.Column("entries", sa.Integer(), server_default="0", nullable=False))
    op.add_column(
        "tickets", sa.Column("door_mark", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.alter_column(
        "tickets", "door_mark", server_default=sa.text("(pg_current_xact_id()::text)::bigint")
    )
    op.create_index(
        "ix_tickets_event_id_door_mark", "tickets", ["event_id", "door_mark"], unique=False
    )
    _standing(f"{STANDING} AND left_at IS NULL")
    _scan_ids("scan_id IS NOT NULL AND device_id IS NULL")
    op.execute(STANDS_FOR_COUNTS)
    op.execute(WHERE_A_CHECK_IN_CAME_FROM)
    op.execute(MARK)
    op.execute(MARKING)


def downgrade() -> None:
    op.execute("DROP TRIGGER mark_for_the_door ON tickets")
    op.execute("DROP FUNCTION mark_for_the_door()")
    # What phones did without an account has no place in the old tables.
    op.execute("DELETE FROM conflicts")
    op.execute("DELETE FROM check_ins WHERE by_user_id IS NULL OR left_at IS NOT NULL")
    op.execute("UPDATE check_ins SET scan_row = NULL")
    op.execute("DELETE FROM scans WHERE by_user_id IS NULL OR device_id IS NOT NULL")
    _standing(STANDING)
    _scan_ids("scan_id IS NOT NULL")
    op.drop_index("ix_tickets_event_id_door_mark", table_name="tickets")
    op.drop_column("tickets", "door_mark")
    op.drop_column("tickets", "entries")
    op.drop_column("tickets", "inside")
    op.drop_constraint(op.f("fk_scans_device_id"), "scans", type_="foreignkey")
    op.drop_index(
        "uq_scans_device_scan_id",
        table_name="scans",
        postgresql_where=sa.text("device_id IS NOT NULL"),
    )
    op.drop_index(
        "uq_scans_device_number", table_name="scans", postgresql_where=sa.text("number IS NOT NULL")
    )
    op.drop_index("ix_scans_event_id_scanned_at", table_name="scans")
    op.create_index(op.f("ix_scans_event_id"), "scans", ["event_id"], unique=False)
    op.alter_column("scans", "by_user_id", existing_type=sa.BIGINT(), nullable=False)
    op.drop_column("scans", "undone_at")
    op.drop_column("scans", "line")
    op.drop_column("scans", "undoes")
    op.drop_column("scans", "is_doubtful")
    op.drop_column("scans", "gate_number")
    op.drop_column("scans", "kind")
    op.drop_column("scans", "number")
    op.drop_column("scans", "device_id")
    op.drop_column("events", "has_rotating_codes")
    op.drop_column("events", "entry")
    op.drop_constraint(op.f("fk_check_ins_scan_row"), "check_ins", type_="foreignkey")
    op.drop_constraint(op.f("fk_check_ins_device_id"), "check_ins", type_="foreignkey")
    op.drop_constraint(op.f("uq_check_ins_scan_row"), "check_ins", type_="unique")
    op.alter_column("check_ins", "by_user_id", existing_type=sa.BIGINT(), nullable=False)
    op.drop_column("check_ins", "left_at")
    op.drop_column("check_ins", "device_id")
    op.drop_column("check_ins", "gate_number")
    op.drop_column("check_ins", "scan_row")
    op.drop_index(op.f("ix_conflicts_ticket_id"), table_name="conflicts")
    op.drop_index("ix_conflicts_event_id", table_name="conflicts")
    op.drop_table("conflicts")
    op.drop_table("ticket_seals")
    op.drop_table("refused_lines")
    op.drop_index(op.f("ix_pairings_gate_id"), table_name="pairings")
    op.drop_table("pairings")
    op.drop_index(op.f("ix_devices_event_id"), table_name="devices")
    op.drop_table("devices")
    op.drop_table("gates")
    op.drop_table("door_pins")


def _standing(condition: str) -> None:
    op.drop_index("uq_check_ins_standing", table_name="check_ins")
    op.create_index(
        "uq_check_ins_standing",
        "check_ins",
        ["ticket_id"],
        unique=True,
        postgresql_where=sa.text(condition),
    )


def _scan_ids(condition: str) -> None:
    op.drop_index("uq_scans_scan_id", table_name="scans")
    op.create_index(
        "uq_scans_scan_id",
        "scans",
        ["event_id", "by_user_id", "scan_id"],
        unique=True,
        postgresql_where=sa.text(condition),
    )
