"""Why money does not go back."""

from tixapp.core.errors import Conflict


class NothingToRefund(Conflict):
    """The order was not paid, or all of it has gone back already."""

    code = "nothing_to_refund"


class TicketWasUsed(Conflict):
    """Somebody has come in with it."""

    code = "ticket_used"


class PaymentDisputed(Conflict):
    """The bank has taken the money back itself: a refund on top would pay twice."""

    code = "payment_disputed"


class TooLateToReturn(Conflict):
    """The organiser's deadline for returning tickets has passed."""

    code = "too_late_to_return"


class EventWasCancelled(Conflict):
    """Nobody needs to return anything: the money of a cancelled event goes back by itself."""

    code = "event_cancelled"
