"""The waiting room of an event."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from .base import Asking, Shown, Text

# waiting: the sale has not opened; sale_open: it has, and it is not this person's turn yet.
PlaceState = Literal["waiting", "sale_open", "admitted", "paused", "sold_out"]


class PlaceAsk(Asking):
    token: Annotated[Text, Field(min_length=1, max_length=300)]


class JoinedShown(Shown):
    """`token` says which place is meant; it is good for this account alone."""

    token: str
    state: PlaceState


class ChallengeShown(Shown):
    """What the door asks of whoever's turn it is: a decimal number such that the SHA-256 of
    `text.number` begins with `bits` zero bits, sent as `proof` with the reservation. Or patience:
    when `seconds` are over, none is needed."""

    text: str
    bits: int
    seconds: int


class PlaceShown(Shown):
    """`position`: how many are let in until it is this person's turn, 1 being the next; None while
    nothing is drawn. `can_enter`: a reservation with this token would be taken now. `challenge`:
    their turn has come, and with its answer they need not wait for `can_enter`."""

    state: PlaceState
    on_sale_at: datetime
    seconds_until_on_sale: int
    position: int | None
    total: int
    can_enter: bool
    eta_seconds: int | None
    challenge: ChallengeShown | None
