"""Counting in batches, and folding what was counted."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from tixapp.core.db import db

# No transaction that places a hold is open for this long: the database ends it before.
SETTLED = timedelta(minutes=2)
MOST = 20_000

_VIEWS = sa.text(
    """
    INSERT INTO tallies (event_id, day, figure, amount)
    SELECT e.id, (CAST(:now AS timestamptz) AT TIME ZONE e.timezone)::date, 'viewed', v.views
    FROM unnest(CAST(:slugs AS text[]), CAST(:views AS bigint[])) AS v (slug, views)
    JOIN events e ON e.slug = v.slug
    """
)
_MARK = sa.text(
    "INSERT INTO tally_marks (name, last_id) VALUES ('holds', 0) ON CONFLICT DO NOTHING"
)
_HOLDS = sa.text(
    """
    WITH mark AS (
        SELECT last_id FROM tally_marks WHERE name = 'holds' FOR UPDATE SKIP LOCKED
    ), unsettled AS (
        -- Ids are given out before they are committed: nothing after a young one is counted yet.
        SELECT min(h.id) AS id FROM holds h, mark
        WHERE h.id > mark.last_id AND h.placed_at >= :settled
    ), batch AS (
        SELECT h.id, h.event_id, h.placed_at FROM holds h, mark, unsettled
        WHERE h.id > mark.last_id AND (unsettled.id IS NULL OR h.id < unsettled.id)
          AND h.placed_at < :settled
        ORDER BY h.id LIMIT :most
    ), counted AS (
        INSERT INTO tallies (event_id, day, figure, amount)
        SELECT b.event_id, (b.placed_at AT TIME ZONE e.timezone)::date, 'held', count(*)
        FROM batch b JOIN events e ON e.id = b.event_id GROUP BY 1, 2
    )
    UPDATE tally_marks SET last_id = done.id
    FROM (SELECT max(id) AS id, count(*) AS holds FROM batch) done
    WHERE name = 'holds' AND done.id IS NOT NULL
    RETURNING done.holds
    """
)
_FOLD = sa.text(
    """
    WITH fresh AS (
        SELECT id FROM tallies WHERE NOT folded ORDER BY event_id, id LIMIT :most
        FOR UPDATE SKIP LOCKED
    ), taken AS (
        DELETE FROM tallies t USING fresh WHERE t.id = fresh.id
        RETURNING t.event_id, t.tier_id, t.day, t.figure, t.amount
    ), kept AS (
        INSERT INTO tallies AS sum (event_id, tier_id, day, figure, amount, folded)
        SELECT event_id, tier_id, day, figure, sum(amount), true FROM taken
        GROUP BY event_id, tier_id, day, figure
        ORDER BY event_id, tier_id, day, figure  -- two at once wait, and never for each other
        ON CONFLICT (event_id, tier_id, day, figure) WHERE folded
        DO UPDATE SET amount = sum.amount + excluded.amount
    )
    SELECT count(*) FROM taken
    """
)


def add_views(views: Mapping[str, int], *, now: datetime) -> None:
    """By the slugs of the events; what is not an event's is left out."""
    if views:
        given = {"slugs": list(views), "views": list(views.values()), "now": now}
        db.session.execute(_VIEWS, given)


def count_holds(*, now: datetime, most: int = MOST) -> int:
    """Counts the holds that were placed since the last time; how many those were."""
    db.session.execute(_MARK)
    counted = db.session.scalar(_HOLDS, {"settled": now - SETTLED, "most": most})
    return counted or 0


def fold(*, most: int = MOST) -> int:
    """Makes one row of all that was counted for the same day; how many rows went into it."""
    return db.session.scalar(_FOLD, {"most": most}) or 0
