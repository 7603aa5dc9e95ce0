"""Why the room does not let somebody through.

Conflict
├── NotAdmitted   it is not your turn, or you have no pass any more
├── GateFull      it is your turn, and as many shop already as may at once
├── RoomClosed    the room's sale is over
└── Unproven      the challenge at the door was not met yet
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


class Unproven(Conflict):
    """`seconds` until waiting alone is proof enough."""

    code = "challenge_unmet"

    def __init__(self, seconds: int) -> None:
        super().__init__("The door asks for a moment's work, or a moment's patience.")
        self.seconds = seconds

    def details(self) -> dict[str, Any]:
        return {"seconds": self.seconds}


class FewerPromised(Conflict):
    """In a strict room each pass has a number of places, and no more. `most` is that number."""

    code = "limit_reached"

    def __init__(self, most: int) -> None:
        super().__init__(f"This turn is for up to {most}.")
        self.most = most

    def details(self) -> dict[str, Any]:
        return {"limit": self.most}
