"""What goes wrong with events."""

from typing import Any

from tixapp.core.errors import Conflict, TooMany


class StaleVersion(Conflict):
    """Somebody changed it meanwhile. `version` is the present one: read it again, then decide."""

    code = "stale_version"

    def __init__(self, version: int) -> None:
        super().__init__("It was changed by somebody else meanwhile. Load it again.")
        self.version = version

    def details(self) -> dict[str, Any]:
        return {"version": self.version}


class NotReady(Conflict):
    """An event that cannot be published yet. `missing` names what and says why."""

    code = "not_ready"

    def __init__(self, missing: dict[str, str]) -> None:
        super().__init__(" ".join(missing.values()))
        self.missing = missing

    def details(self) -> dict[str, Any]:
        return {"missing": self.missing}


class TierInUse(Conflict):
    """It was on sale, so somebody may have tickets of it: it can be closed and not removed."""

    code = "tier_in_use"


class TooManyPictures(TooMany):
    """The seller has uploaded as many as one may in a day."""


class AlreadyOver(Conflict):
    """Ended or cancelled: nothing about it changes any more."""

    code = "event_over"
