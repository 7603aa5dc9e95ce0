"""links that change an address"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CHECK = "ck_login_links_linkpurpose"


def upgrade() -> None:
    op.add_column("login_links", sa.Column("email", sa.Text(), nullable=False, server_default=""))
    _allow("confirm", "reset", "change")


def downgrade() -> None:
    op.execute("DELETE FROM login_links WHERE purpose = 'change'")
    _allow("confirm", "reset")
    op.drop_column("login_links", "email")


def _allow(*purposes: str) -> None:
    listed = ", ".join(f"'{purpose}'" for purpose in purposes)
    op.drop_constraint(op.f(CHECK), "login_links", type_="check")
    op.create_check_constraint(op.f(CHECK), "login_links", f"purpose IN ({listed})")
