"""guests: found by name, renamed, invited"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_users_email_start", "users", [sa.text("lower(email) text_pattern_ops")], unique=False
    )
    op.create_index(
        "ix_users_name_words",
        "users",
        [sa.text("to_tsvector('simple', fold_words(name))")],
        unique=False,
        postgresql_using="gin",
    )
    op.add_column("tickets", sa.Column("renamed_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.create_index("ix_tickets_event_id_id", "tickets", ["event_id", "id"], unique=False)
    op.create_index(
        "ix_tickets_renamed",
        "tickets",
        [sa.text("to_tsvector('simple', fold_words(holder_name))")],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("renamed_at IS NOT NULL"),
    )
    op.create_table(
        "gifts",
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("given_by", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["given_by"], ["users.id"], name=op.f("fk_gifts_given_by")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_gifts_order_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_gifts")),
    )


def downgrade() -> None:
    op.drop_table("gifts")
    op.drop_index("ix_tickets_renamed", table_name="tickets")
    op.drop_index("ix_tickets_event_id_id", table_name="tickets")
    op.drop_column("tickets", "renamed_at")
    op.drop_index("ix_users_name_words", table_name="users")
    op.drop_index("ix_users_email_start", table_name="users")
