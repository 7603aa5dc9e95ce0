"""Refusals in words for the person who meets them: what happened, what it means, what to do."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from tixapp.core.errors import TixappError
from tixapp.inventory.errors import (
    BadPicks,
    CodeUnknown,
    CodeUsedUp,
    HoldBeingPaid,
    LimitReached,
    NotOnSale,
    PaymentsStopped,
    SalePaused,
    SoldOut,
)
from tixapp.waiting.errors.room import FewerPromised, GateFull, NotAdmitted

from .errors import SellerCannotSell, TooLateToPay


def explain(error: TixappError) -> str:
    for kind, words in _WORDS:
        if isinstance(error, kind):
            return words(error)
    return str(_("That did not work, and nothing was charged. Please try again."))


def _sold_out(error: SoldOut) -> str:
    if error.left < 1:
        text = _(
            "%(tier)s has just sold out. Nothing was reserved. Other tickets may still be there.",
            tier=error.tier_name,
        )
    else:
        text = ngettext(
            "Only %(num)s place is left for %(tier)s. Nothing was reserved: choose fewer.",
            "Only %(num)s places are left for %(tier)s. Nothing was reserved: choose fewer.",
            error.left,
            tier=error.tier_name,
        )
    return str(text)


def _limit(error: LimitReached) -> str:
    if error.have:
        return str(
            _(
                "One person may have %(limit)s tickets for this event, and you have %(have)s"
                " already. Choose fewer.",
                limit=error.limit,
                have=error.have,
            )
        )
    return str(
        _("At most %(limit)s of these can be bought at once. Choose fewer.", limit=error.limit)
    )


def _picks(_error: TixappError) -> str:
    return str(_("Choose at least one ticket, in whole numbers."))


def _paused(_error: TixappError) -> str:
    return str(_("The organiser has paused the sale. Nothing was reserved; come back soon."))


def _payments_stopped(_error: TixappError) -> str:
    return str(
        _(
            "The organiser cannot take payments at the moment. Nothing was reserved and nothing"
            " was charged."
        )
    )


def _not_on_sale(error: NotOnSale) -> str:
    if error.opens_at is not None:
        return str(_("These tickets are not on sale yet. The page shows when they will be."))
    return str(_("These tickets are no longer on sale."))


def _being_paid(_error: TixappError) -> str:
    return str(
        _(
            "You are paying for tickets to this event already. Finish that payment here, or let"
            " those tickets go first."
        )
    )


def _too_late(_error: TixappError) -> str:
    return str(_("The time to pay for these tickets is over. Nothing was charged."))


def _seller(_error: TixappError) -> str:
    return str(
        _(
            "The organiser cannot take payments at the moment. Nothing was charged, and your"
            " tickets were let go. Please try again later."
        )
    )


def _not_admitted(_error: TixappError) -> str:
    return str(
        _(
            "It is not your turn yet, or the time of your turn is over. Nothing was reserved. Your"
            " place in the waiting room is kept: it is shown here."
        )
    )


def _gate_full(_error: TixappError) -> str:
    return str(
        _(
            "It is your turn, and at this moment as many people choose tickets as there are places"
            " for. Your turn is not lost: try again in a few seconds."
        )
    )


def _fewer(error: FewerPromised) -> str:
    return str(
        ngettext(
            "Your turn is for %(num)s ticket, and that one is kept for you. Choose fewer.",
            "Your turn is for up to %(num)s tickets, and those are kept for you. Choose fewer.",
            error.most,
        )
    )


def _no_code(_error: TixappError) -> str:
    return str(
        _("This code does not work for these tickets. Nothing was reserved: look at its letters.")
    )


def _code_used(error: CodeUsedUp) -> str:
    if error.left < 1:
        return str(_("This code has been used as often as it may be. Nothing was reserved."))
    return str(
        ngettext(
            "This code is good for %(num)s more ticket. Nothing was reserved: choose fewer.",
            "This code is good for %(num)s more tickets. Nothing was reserved: choose fewer.",
            error.left,
        )
    )


_WORDS: tuple[tuple[type[TixappError], Callable[[Any], str]], ...] = (
    (GateFull, _gate_full),
    (NotAdmitted, _not_admitted),
    (FewerPromised, _fewer),
    (SoldOut, _sold_out),
    (LimitReached, _limit),
    (BadPicks, _picks),
    (CodeUnknown, _no_code),
    (CodeUsedUp, _code_used),
    (PaymentsStopped, _payments_stopped),
    (SalePaused, _paused),
    (NotOnSale, _not_on_sale),
    (HoldBeingPaid, _being_paid),
    (TooLateToPay, _too_late),
    (SellerCannotSell, _seller),
)
