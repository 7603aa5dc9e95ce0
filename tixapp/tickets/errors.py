"""What can go wrong with tickets."""

from tixapp.core.errors import Conflict


class NotStanding(Conflict):
    """A ticket that admits nobody any more."""

    code = "ticket_void"
