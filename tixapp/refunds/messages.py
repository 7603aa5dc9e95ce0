"""Refusals of a return in words for the buyer, and failures of a refund in words for the seller."""

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


def explain_failure(fault: str | None) -> str:
    """Why money did not go back. Stripe's words for a bank's refusal are given in ours (docs:
    refunds, failed refunds); what it says to us when it refuses itself is a sentence already."""
    words = {
        "lost_or_stolen_card": _("The card is reported lost or stolen."),
        "expired_or_canceled_card": _("The card has expired or was cancelled."),
        "charge_for_pending_refund_disputed": _("The buyer's bank has taken the payment back."),
        "insufficient_funds": _("There was too little money in the Stripe account."),
        "declined": _("The buyer's bank refused it."),
        "merchant_request": _("It was called back in the Stripe account."),
        "unknown": _("The bank sent it back and gave no reason."),
        "failed": _("The bank sent it back and gave no reason."),
        "canceled": _("It was called back at Stripe."),
    }
    return str(words.get(fault or "", fault or _("Stripe gave no reason.")))
