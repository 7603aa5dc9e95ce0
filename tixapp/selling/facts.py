"""What the rest may want to know of a seller's deeds."""

from dataclasses import dataclass

from tixapp.core.facts import Fact


@dataclass(frozen=True)
class ChangeTold(Fact):
    """A seller changed something that matters to buyers, and wants them told.

    `key` names the occasion; `changes`: what, as it was, as it is.
    """

    event_id: int
    key: str
    changes: list[list[str]]
    message: str
