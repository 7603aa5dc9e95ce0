"""Why places cannot be set aside."""

from datetime import datetime
from typing import Any

from tixapp.core.errors import Conflict, Invalid


class SoldOut(Conflict):
    """Fewer are left than were asked for. `left` tells what may be asked for instead."""

    code = "sold_out"

    def __init__(self, tier_name: str, *, wanted: int, left: int) -> None:
        super().__init__(f"{tier_name}: {wanted} asked for, {left} left")
        self.tier_name, self.wanted, self.left = tier_name, wanted, left

    def details(self) -> dict[str, Any]:
        return {"tier": self.tier_name, "wanted": self.wanted, "left": self.left}


class LimitReached(Conflict):
    """More than one order or one person may have. `limit` is the number, `have` what counts."""

    code = "limit_reached"

    def __init__(self, message: str, *, limit: int, have: int = 0) -> None:
        super().__init__(message)
        self.limit, self.have = limit, have

    def details(self) -> dict[str, Any]:
        return {"limit": self.limit, "have": self.have}


class SalePaused(Conflict):
    code = "sale_paused"


class PaymentsStopped(SalePaused):
    """Stripe takes no payments for the organiser at the moment: what costs money is not sold."""


class NotOnSale(Conflict):
    """The sale has not opened yet, or has closed. `opens_at` when that is known."""

    code = "not_on_sale"

    def __init__(self, message: str, *, opens_at: datetime | None = None) -> None:
        super().__init__(message)
        self.opens_at = opens_at


class HoldBeingPaid(Conflict):
    """The buyer has a hold here whose payment is open: finish it or let it go first."""

    code = "hold_being_paid"

    def __init__(self, hold_public_id: str) -> None:
        super().__init__("A payment for this event is open already.")
        self.hold_public_id = hold_public_id

    def details(self) -> dict[str, Any]:
        return {"reservation_id": self.hold_public_id}


class HoldOver(Conflict):
    """The hold was released, has expired or was turned into an order."""

    code = "hold_over"


class BelowCommitted(Conflict):
    """A capacity lower than what is held and sold. `committed` is the least it may be."""

    code = "below_committed"

    def __init__(self, *, committed: int) -> None:
        super().__init__(f"{committed} are held or sold already")
        self.committed = committed

    def details(self) -> dict[str, Any]:
        return {"committed": self.committed}


class CodeUnknown(Conflict):
    """A code that does not work for these tickets: the same whether it is another event's, is over
    or never was."""

    code = "code_unknown"


class CodeUsedUp(Conflict):
    """It works, and not for so many tickets. `left` is for how many more."""

    code = "code_used_up"

    def __init__(self, *, left: int) -> None:
        super().__init__(f"The code is good for {left} more.")
        self.left = left

    def details(self) -> dict[str, Any]:
        return {"left": self.left}


class BadPicks(Invalid):
    code = "invalid"
