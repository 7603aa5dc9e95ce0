"""Refusals in words for the seller."""

from flask_babel import gettext as _

from tixapp.core.errors import Conflict
from tixapp.core.states import IllegalMove
from tixapp.events.errors import AlreadyOver, TierInUse
from tixapp.inventory.errors import NotOnSale, SoldOut
from tixapp.refunds.errors import NothingToRefund, PaymentDisputed, TicketWasUsed
from tixapp.sellers.errors import AlreadyMember, LastOwner, TooManyInvitations
from tixapp.tickets.errors import NotStanding


def explain(error: Conflict) -> str:
    words = {
        NothingToRefund: _(
            "There is nothing left that could go back: it was refunded before. Nothing was changed."
        ),
        TicketWasUsed: _(
            "Somebody has come in with one of these tickets. Tick the box that says so if it is to"
            " be refunded all the same. Nothing was changed."
        ),
        PaymentDisputed: _(
            "The buyer's bank has taken this payment back itself. A refund on top would pay twice,"
            " so nothing was changed."
        ),
        SoldOut: _("That many places are not left. Nothing was given: choose fewer."),
        NotOnSale: _("Tickets are given for published events that are not over. Nothing changed."),
        NotStanding: _("This ticket is not valid any more, so it stays as it is."),
        AlreadyMember: _("This person works here already."),
        LastOwner: _("There must be an owner at any time: make somebody else one first."),
        TooManyInvitations: _("Many invitations wait for an answer. Take some back first."),
        AlreadyOver: _("This event is over or was cancelled: it stays as it is."),
        TierInUse: _("This kind of ticket has been on sale: close it instead of removing it."),
        IllegalMove: _("That is not possible any more, and nothing was changed."),
    }
    return str(words.get(type(error), _("That did not work, and nothing was changed.")))
