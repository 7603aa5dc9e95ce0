"""Places on waiting lists."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from .base import Id, Shown, Taken
from .orders import Quantity

ListState = Literal["waiting", "offered", "purchased", "expired", "left"]


class ListJoined(Taken):
    tier_id: Annotated[Id | None, Field(description="none: any tier")] = None
    quantity: Quantity = 1
    together: Annotated[bool, Field(description="all of them or none; else fewer too")] = False


class PlaceInLine(Shown):
    """`position`: 1 is next; only while one waits. `paused`: nothing is offered meanwhile.
    `offered_quantity` and `offer_expires_at`: what is kept, and until when. `reservation_id`: once
    the offer is accepted; it is paid like any other."""

    id: str
    event_id: str
    tier_id: str | None
    quantity: int
    together: bool
    status: ListState
    paused: bool
    position: int | None
    offered_quantity: int | None
    offer_expires_at: datetime | None
    reservation_id: str | None
