"""Waiting rooms: one place and one live pass for a person, and nobody let in before their turn.

The table's own constraints refuse most of this; here the rows are asked all the same.
"""

from tixapp.waiting.keys import rooms_that_stay_shut

from .rows import differences


def rooms_can_be_drawn() -> list[str]:
    """What is announced was promised: its secret opens with a key that this installation knows."""
    return [
        f"room of {event}: sealed under a SECRET_KEY that is not known any more"
        for event in rooms_that_stay_shut()
    ]


def passes_were_below_their_cut() -> list[str]:
    """The cut that a pass names is one that its room has reached."""
    return differences(
        """
        SELECT p.id AS pass, p.event_id, p.nth, p.a_max FROM room_passes p
        JOIN rooms r ON r.event_id = p.event_id
        JOIN room_entries e ON e.event_id = p.event_id AND e.user_id = p.user_id
        WHERE (p.win, p.key) >= (p.cut_win, p.cut_key)
           OR (p.cut_win, p.cut_key) > (r.cut_win, r.cut_key)
           OR (p.win, p.key) IS DISTINCT FROM (e.win, e.key) OR p.nth > p.a_max
        """,
        "pass {pass} of event {event_id}: before its turn, or one too many ({nth} of {a_max})",
    )


def rooms_have_one_pass_a_person() -> list[str]:
    return differences(
        """
        SELECT event_id, user_id, count(*) AS live FROM room_passes
        WHERE ended_at IS NULL GROUP BY event_id, user_id HAVING count(*) > 1
        """,
        "person {user_id} at event {event_id}: {live} passes at once",
    )


def room_holds_had_a_pass() -> list[str]:
    """Every active hold of an event with a room, but for offers of the waiting list, stands on one
    that its buyer had. A room that was given to an event later asks it of later holds only."""
    return differences(
        """
        SELECT h.public_id AS hold, h.event_id FROM holds h
        JOIN events e ON e.id = h.event_id AND e.has_room
        JOIN rooms r ON r.event_id = h.event_id AND h.placed_at >= r.opens_at
        WHERE h.status = 'active' AND NOT h.is_offer AND NOT EXISTS (
            SELECT 1 FROM room_passes p WHERE p.event_id = h.event_id AND p.user_id = h.user_id
                AND p.issued_at <= h.placed_at)
        """,
        "hold {hold} of event {event_id}: nobody let its buyer in",
    )
