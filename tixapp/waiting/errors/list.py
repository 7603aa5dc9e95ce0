"""Why a place on the list cannot be had or changed."""

from datetime import datetime
from typing import Any

from tixapp.core.errors import Conflict, TooMany


class ListClosed(Conflict):
    """The seller takes no more names, or keeps no list for this event."""

    code = "list_closed"


class StillOnSale(Conflict):
    """Places are left, and who wants them goes through the waiting room."""

    code = "still_on_sale"


class WaitsElsewhere(Conflict):
    """For any tier and for one of them at once is once too often. `entry` is the one they have."""

    code = "waits_already"

    def __init__(self, entry_public_id: str) -> None:
        super().__init__("You are on this list already.")
        self.entry_public_id = entry_public_id

    def details(self) -> dict[str, Any]:
        return {"waiting_list_entry_id": self.entry_public_id}


class TooManyJoins(TooMany):
    """`again_at`: when the next one may be made."""

    def __init__(self, *, most: int, again_at: datetime, retry_after: int) -> None:
        when = f"{again_at:%H:%M} UTC"
        text = f"You joined {most} lists a short while ago. From {when} you can join the next."
        super().__init__(text, retry_after=retry_after)
        self.most, self.again_at = most, again_at


class NotOffered(Conflict):
    """There is no offer, or not any more."""

    code = "no_offer"


class OfferAccepted(Conflict):
    """The offer has become a reservation: it is let go, or paid, at the checkout."""

    code = "offer_accepted"


class PlaceMoved(Conflict):
    """It changed between being read and being locked. Reading it again helps."""

    code = "place_moved"
