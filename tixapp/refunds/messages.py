"""Refusals of a return, in words for the buyer."""

from flask_babel import gettext as _

from tixapp.core.errors import Conflict

from .errors import (
    EventWasCancelled,
    NothingToRefund,
    PaymentDisputed,
    TicketWasUsed,
    TooLateToReturn,
)


def explain(error: Conflict) -> str:
    words = {
        TooLateToReturn: _(
            "The organiser takes tickets back no longer. They are still yours and still valid."
        ),
        EventWasCancelled: _(
            "The event was cancelled, so all of your money goes back by itself. You need to do"
            " nothing."
        ),
        TicketWasUsed: _("Somebody has come in with one of these tickets, so it stays used."),
        NothingToRefund: _("These tickets were given back already. Nothing else was changed."),
        PaymentDisputed: _(
            "Your bank has asked for this money back itself. While it decides, nothing can be"
            " refunded here."
        ),
    }
    return str(words.get(type(error), _("That did not work, and nothing was changed.")))
