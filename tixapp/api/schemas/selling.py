"""What a seller sees of sales, and gives back."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from .base import Id, Money, Shown, Taken, Text
from .orders import TicketState

RefundState = Literal["requested", "submitted", "succeeded", "failed", "rejected"]


class RefundTaken(Taken):
    """Without `tickets` all that still stand go back. `with_fee`: our fee goes back too, and the
    booking fee that the buyer paid with it. `used_too`: tickets that somebody came in with."""

    tickets: Annotated[list[Id], Field(min_length=1, max_length=500)] | None = None
    with_fee: bool = True
    used_too: bool = False
    reason: Annotated[Text, StringConstraints(max_length=200)] = ""


class RefundShown(Shown):
    """The tickets are void from now on. Without an `id` nothing was paid for them, so there is
    nothing to wait for; otherwise `requested` becomes `succeeded`, or `failed` or `rejected`."""

    id: str | None
    status: RefundState
    amount: Money
    tickets: list[str]


class TierSalesShown(Shown):
    id: str
    name: str
    price: Money
    capacity: int
    sold: int
    held: int


class SalesShown(Shown):
    """`net` is `gross` less what was refunded, what banks took back, and our fee. Stripe's own fees
    are not in it."""

    capacity: int
    sold: int
    held: int
    gross: Money
    refunded: Money
    disputed: Money
    fee: Money
    net: Money
    tiers: list[TierSalesShown]


class AttendeeShown(Shown):
    ticket_id: str
    order_id: str
    status: TicketState
    tier: str
    holder: str
    email: str
    used_at: datetime | None


class AttendeeList(Shown):
    items: list[AttendeeShown]
    next_cursor: str | None


class RoomShown(Shown):
    joined: int
    admitted: int
    active: int


class StatusShown(Shown):
    """`waiting_list`: how many wait. `room`: how many joined the waiting room, were let out of it,
    and may pick now; all zero where there is none."""

    capacity: int
    sold: int
    held: int
    waiting_list: int
    room: RoomShown
    paused: bool
