"""Why the room does not let somebody through.

Conflict
├── NotAdmitted     it is not your turn, or you have no pass any more
│   ├── Unproven    it is your turn, and the challenge at the door was not met yet
│   └── GateFull    it is your turn, and as many shop already as may at once
├── FewerPromised   this turn is for fewer places
└── RoomClosed      the room's sale is over
"""

from typing import Any

from tixapp.core.errors import Conflict, NotFound


class NoRoom(NotFound):
    """This event has no waiting room."""


class NotAdmitted(Conflict):
    code = "not_admitted"


class GateFull(NotAdmitted):
    """A place at the till will be free in a moment; the turn is not lost."""


class RoomClosed(Conflict):
    code = "room_closed"


class Unproven(NotAdmitted):
    """It is their turn, and the door asks for a moment's work, or a moment's patience first."""

    def __init__(self) -> None:
        super().__init__(
            "It is your turn. Answer the challenge, or try again when its seconds are over."
        )
        self.challenge: dict[str, Any] = {}

    def asks(self, text: str, bits: int, seconds: int) -> None:
        self.challenge = {"text": text, "bits": bits, "seconds": seconds}

    def details(self) -> dict[str, Any]:
        return {"challenge": self.challenge} if self.challenge else {}


class FewerPromised(Conflict):
    """In a strict room each pass has a number of places, and no more. `most` is that number."""

    code = "limit_reached"

    def __init__(self, most: int) -> None:
        super().__init__(f"This turn is for up to {most}.")
        self.most = most

    def details(self) -> dict[str, Any]:
        return {"limit": self.most}
