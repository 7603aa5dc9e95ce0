"""Waiting lists against the rows they count, and offers against their holds."""

from .rows import differences


def lists_count_who_waits() -> list[str]:
    return _whole_lists() + _stretches()


def offers_have_their_places() -> list[str]:
    return differences(
        """
        SELECT e.public_id, e.status AS entry, h.status AS hold
        FROM waiting_entries e FULL JOIN holds h ON h.id = e.hold_id
        WHERE (e.status = 'offered' AND h.status NOT IN ('offered', 'active'))
           OR (h.status = 'offered' AND e.status IS DISTINCT FROM 'offered')
        """,
        "waiting list entry {public_id} is {entry} and its hold {hold}",
    )


def only_free_places_are_kept_back() -> list[str]:
    return differences(
        """
        SELECT tier_id, capacity - held - sold AS free, reserved FROM stocks
        WHERE reserved > capacity - held - sold
        """,
        "tier {tier_id}: {reserved} kept back of {free} free places",
    )


def _whole_lists() -> list[str]:
    return differences(
        """
        SELECT event_id, l.waiting, coalesce(e.waiting, 0) AS counted
        FROM waiting_lists l LEFT JOIN (
            SELECT event_id, count(*) AS waiting FROM waiting_entries
            WHERE status = 'waiting' GROUP BY 1
        ) e USING (event_id)
        WHERE l.waiting <> coalesce(e.waiting, 0)
        """,
        "list of event {event_id}: {waiting} counted as waiting, {counted} entries",
    )


def _stretches() -> list[str]:
    return differences(
        """
        SELECT event_id, tier_key, level, stretch, coalesce(c.waiting, 0) AS waiting,
               coalesce(e.waiting, 0) AS counted
        FROM (SELECT * FROM waiting_counts WHERE waiting > 0) c FULL JOIN (
            SELECT event_id, tier_key, level, number / width AS stretch, count(*) AS waiting
            FROM waiting_entries,
                (VALUES (1, 100), (2, 10000), (3, 1000000)) AS levels (level, width)
            WHERE status = 'waiting' GROUP BY 1, 2, 3, 4
        ) e USING (event_id, tier_key, level, stretch)
        WHERE coalesce(c.waiting, 0) <> coalesce(e.waiting, 0)
        """,
        "event {event_id}, tier {tier_key}, stretch {stretch} of level {level}: "
        "{waiting} counted as waiting, {counted} entries",
    )
