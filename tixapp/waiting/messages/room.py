"""The room in words: refusals, and how long it will take."""

from __future__ import annotations

from flask_babel import gettext as _

from tixapp.core.errors import TixappError
from tixapp.inventory.errors import NotOnSale, SalePaused, SoldOut
from tixapp.waiting.errors.room import GateFull, NotAdmitted, RoomClosed


def explain(error: TixappError) -> str:
    """Why the door stays shut, and what to do."""
    if isinstance(error, GateFull):
        return str(
            _(
                "It is your turn, and as many people choose tickets as there are places for. Your"
                " turn is not lost: try again in a few seconds."
            )
        )
    if isinstance(error, SalePaused):
        return str(_("The sale is paused. Your place is kept, and nobody goes in before you."))
    if isinstance(error, SoldOut):
        return str(_("Everything has just been sold. You can join the waiting list below."))
    if isinstance(error, NotAdmitted):
        return str(_("It is not your turn yet. This page shows your place."))
    if isinstance(error, RoomClosed | NotOnSale):
        return str(_("This sale is over. Nobody is let in any more."))
    return str(_("That did not work. Your place is kept: please try again."))


def wait_words(seconds: tuple[int, int] | None) -> str:
    """`in 6 to 9 minutes`, from seconds at the least and at the most; empty when nobody knows."""
    if seconds is None:
        return ""
    low, high = seconds[0] // 60, -(-seconds[1] // 60)
    if high <= 1:
        return str(_("in about a minute"))
    return str(_("in %(low)s to %(high)s minutes", low=low, high=high))
