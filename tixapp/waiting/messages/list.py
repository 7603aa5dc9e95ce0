"""Refusals of the list in words: what happened, what it means, what to do."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _

from tixapp.core.errors import TixappError
from tixapp.inventory.errors import (
    BadPicks,
    HoldBeingPaid,
    HoldOver,
    LimitReached,
    NotOnSale,
    SalePaused,
)
from tixapp.waiting.errors.list import (
    ListClosed,
    NotOffered,
    OfferAccepted,
    StillOnSale,
    TooManyJoins,
    WaitsElsewhere,
)
from tixapp.web.filters import local_time, zone_name


def explain(error: TixappError, zone: str) -> str:
    """`zone`: the event's, in which times are told."""
    if isinstance(error, TooManyJoins):
        return str(
            _(
                "You have joined %(most)s lists in a short time, and that is the most. Nothing you"
                " have is lost: from %(time)s (%(zone)s) you can join the next.",
                most=error.most,
                time=local_time(error.again_at, zone),
                zone=zone_name(zone),
            )
        )
    for kind, words in _WORDS:
        if isinstance(error, kind):
            return str(words(error))
    return str(_("That did not work, and nothing has changed. Please try again."))


def _limit(error: LimitReached) -> str:
    if error.have:
        return str(
            _(
                "One person may have %(limit)s tickets for this event, and you have %(have)s"
                " already.",
                limit=error.limit,
                have=error.have,
            )
        )
    return str(_("At most %(limit)s of these can be had at once. Choose fewer.", limit=error.limit))


_WORDS: tuple[tuple[type[TixappError], Callable[[Any], Any]], ...] = (
    (ListClosed, lambda _e: _("The organiser takes no more names for this list.")),
    (
        StillOnSale,
        lambda _e: _("There are still tickets: the waiting room leads to them, not this list."),
    ),
    (
        WaitsElsewhere,
        lambda _e: _(
            "You are on this list already. Who waits for any kind of ticket waits for each of"
            " them: leave that place first if you want another."
        ),
    ),
    (LimitReached, _limit),
    (BadPicks, lambda _e: _("Choose a kind of ticket and a whole number of places.")),
    (NotOnSale, lambda _e: _("These tickets are not on sale, so nobody can wait for them.")),
    (
        SalePaused,
        lambda _e: _("The organiser has paused the sale. Your offer stands; try again soon."),
    ),
    (NotOffered, lambda _e: _("There is no offer for you any more. Your place says what is next.")),
    (HoldOver, lambda _e: _("The time for this offer is over. The places go to the next person.")),
    (
        OfferAccepted,
        lambda _e: _("You have taken these places: pay for them, or let them go, at the checkout."),
    ),
    (
        HoldBeingPaid,
        lambda _e: _(
            "You are paying for other tickets to this event. Finish that payment, or let those"
            " tickets go first."
        ),
    ),
)
