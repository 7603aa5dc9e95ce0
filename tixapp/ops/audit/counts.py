"""Stock and allowances against the rows they count."""

from .rows import differences


def nothing_is_oversold() -> list[str]:
    return differences(
        "SELECT tier_id, capacity, held, sold FROM stocks WHERE held + sold > capacity",
        "tier {tier_id}: {held} held and {sold} sold of {capacity}",
    )


def counters_equal_their_rows() -> list[str]:
    return _stock_held() + _stock_sold() + _allowances()


def _stock_held() -> list[str]:
    return differences(
        """
        SELECT tier_id, coalesce(s.held, 0) AS held, coalesce(h.held, 0) AS counted
        FROM stocks s FULL JOIN (
            SELECT l.tier_id, sum(l.quantity) AS held
            FROM hold_lines l JOIN holds h ON h.id = l.hold_id
            WHERE h.status IN ('active', 'offered') GROUP BY l.tier_id
        ) h USING (tier_id)
        WHERE coalesce(s.held, 0) <> coalesce(h.held, 0)
        """,
        "tier {tier_id}: {held} counted as held, {counted} in active holds",
    )


def _stock_sold() -> list[str]:
    return differences(
        """
        SELECT tier_id, coalesce(s.sold, 0) AS sold, coalesce(t.sold, 0) AS counted
        FROM stocks s FULL JOIN (
            SELECT tier_id, count(*) AS sold FROM tickets
            WHERE status IN ('valid', 'used') GROUP BY tier_id
        ) t USING (tier_id)
        WHERE coalesce(s.sold, 0) <> coalesce(t.sold, 0)
        """,
        "tier {tier_id}: {sold} counted as sold, {counted} standing tickets",
    )


def _allowances() -> list[str]:
    return differences(
        """
        SELECT event_id, user_id, coalesce(a.held, 0) AS held, coalesce(a.sold, 0) AS sold,
               coalesce(h.held, 0) AS real_held, coalesce(t.sold, 0) AS real_sold
        FROM allowances a
        FULL JOIN (
            SELECT h.event_id, h.user_id, sum(l.quantity) AS held
            FROM holds h JOIN hold_lines l ON l.hold_id = h.id
            WHERE h.status = 'active' GROUP BY 1, 2
        ) h USING (event_id, user_id)
        FULL JOIN (
            SELECT t.event_id, o.buyer_id AS user_id, count(*) AS sold
            FROM tickets t JOIN orders o ON o.id = t.order_id
            WHERE t.status IN ('valid', 'used') GROUP BY 1, 2
        ) t USING (event_id, user_id)
        WHERE coalesce(a.held, 0) <> coalesce(h.held, 0)
           OR coalesce(a.sold, 0) <> coalesce(t.sold, 0)
        """,
        "person {user_id} at event {event_id}: counted {held} held and {sold} bought, "
        "rows say {real_held} and {real_sold}",
    )
