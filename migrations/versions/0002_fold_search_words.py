"""fold search words; what buyers compare"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Immutable, so that a generated column may use it: normalize() and lower() are.
FOLD_WORDS = r"""
CREATE FUNCTION fold_words(words text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN replace(replace(replace(replace(translate(
    regexp_replace(lower(normalize(words, NFKD)), '[\u0300-\u036f]', '', 'g'),
    'øđðłıς', 'oddliσ'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th')
"""  # noqa: RUF001 - a Turkish i and the two small sigmas
PLAIN = "setweight(to_tsvector('simple', {}), '{}')"
FOLDED = "setweight(to_tsvector('simple', fold_words({})), '{}')"
PARTS = (("name", "A"), ("place", "B"), ("description", "C"))


def upgrade() -> None:
    op.execute(FOLD_WORDS)
    _make_search(FOLDED)
    op.drop_index("ix_venues_city", table_name="venues")
    op.create_index("ix_venues_city_folded", "venues", [sa.text("fold_words(city)")])
    op.add_column("events", sa.Column("minimum_age", sa.Integer(), nullable=True))
    for name in ("refund_policy", "accessibility"):
        op.add_column("events", sa.Column(name, sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    for name in ("accessibility", "refund_policy", "minimum_age"):
        op.drop_column("events", name)
    op.drop_index("ix_venues_city_folded", table_name="venues")
    op.create_index("ix_venues_city", "venues", ["city"])
    _make_search(PLAIN)
    op.execute("DROP FUNCTION fold_words(text)")


def _make_search(part: str) -> None:
    """The column holds nothing of its own: it is made again from the words."""
    op.execute("ALTER TABLE events DROP COLUMN search")
    words = " || ".join(part.format(column, weight) for column, weight in PARTS)
    op.execute(
        f"ALTER TABLE events ADD COLUMN search tsvector NOT NULL"
        f" GENERATED ALWAYS AS ({words}) STORED"
    )
    op.create_index("ix_events_search", "events", ["search"], postgresql_using="gin")
