"""Reservations, checkouts, orders, tickets."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from .base import Id, Money, Shown, Taken, Text

Quantity = Annotated[int, Field(ge=1, le=10_000)]


RoomToken = Annotated[Text | None, Field(description="one's place in the event's waiting room")]
RoomProof = Annotated[
    str,
    Field(
        max_length=12,
        description="what answers the challenge of the waiting room: a decimal number such that"
        " the SHA-256 of `text.number` begins with `bits` zero bits",
    ),
]
CodeTaken = Annotated[
    Annotated[Text, Field(max_length=80)] | None,
    Field(description="makes tickets cheaper, or opens hidden kinds"),
]


class ItemTaken(Taken):
    tier_id: Id
    quantity: Quantity


class ReservationTaken(Taken):
    items: Annotated[list[ItemTaken], Field(min_length=1, max_length=50)]
    token: RoomToken = None
    proof: RoomProof = ""
    code: CodeTaken = None


class CheckoutTaken(Taken):
    reservation_id: Id


class ConfirmTaken(Taken):
    checkout_id: Id
    simulate: Literal["success", "fail"]


class PurchaseTaken(Taken):
    event_id: Id
    tier_id: Id
    quantity: Quantity
    token: RoomToken = None
    proof: RoomProof = ""
    code: CodeTaken = None


class ItemShown(Shown):
    """`price` is what each costs, `discount` what a code took off it before that."""

    tier_id: str
    name: str
    quantity: int
    price: Money
    discount: Money | None


class ReservationShown(Shown):
    """`total` is what the buyer will pay, all in."""

    id: str
    event_id: str
    order_id: str | None
    status: Literal["active", "converted", "released", "expired"]
    expires_at: datetime
    items: list[ItemShown]
    total: Money


class CheckoutShown(Shown):
    """`url`: where the buyer pays; for a free order the order's own page, there is nothing to pay.
    `expires_at`: until when it can be paid."""

    id: str
    order_id: str
    url: str
    expires_at: datetime


TicketState = Literal["valid", "used", "refunded", "cancelled", "transferred"]
OrderState = Literal["PENDING", "PAID", "FAILED", "CANCELLED", "EXPIRED", "REFUNDED"]


class TicketShown(Shown):
    """`code` is what the QR shows: whoever has it can enter."""

    id: str
    code: str
    status: TicketState
    tier: str
    seat: str | None = None


class OrderShown(Shown):
    """`fee` is what the buyer pays on top of the prices. `payment_url` while it can be paid."""

    id: str
    status: OrderState
    event_id: str
    event: str
    items: list[ItemShown]
    subtotal: Money
    fee: Money
    total: Money
    placed_at: datetime
    settled_at: datetime | None
    checkout_id: str | None
    payment_url: str | None
    tickets: list[TicketShown]


class OrderList(Shown):
    items: list[OrderShown]
    next_cursor: str | None


class MyTicketShown(TicketShown):
    event_id: str
    event: str
    starts_at: datetime
    holder: str


class TicketList(Shown):
    items: list[MyTicketShown]
    next_cursor: str | None
