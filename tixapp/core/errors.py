"""What can go wrong, as the business sees it.

    TixappError
    ├── NotFound      there is no such thing, or it is not yours to know of
    ├── Forbidden     it is there and you may not
    ├── Invalid       the request makes no sense as it stands
    ├── Conflict      it makes sense, and the state of things forbids it
    ├── TooMany       it is allowed, and you asked too often
    └── Unavailable   something we need does not answer

Each domain's `errors.py` derives its own. `code` is stable and part of the REST API; the text a
person reads is made in `web/errors.py`, the only place that knows HTTP.
"""

from typing import Any


class TixappError(Exception):
    code = "failed"

    def details(self) -> dict[str, Any]:
        """What a client may use: JSON values only, added to the problem document."""
        return {}


class NotFound(TixappError):
    code = "not_found"


class Forbidden(TixappError):
    code = "forbidden"


class Invalid(TixappError):
    """`faults` names each field that is wrong and why: {"quantity": "must be at least 1"}."""

    code = "invalid"

    def __init__(self, message: str = "", faults: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.faults = faults or {}

    def details(self) -> dict[str, Any]:
        return {"faults": self.faults} if self.faults else {}


class Conflict(TixappError):
    code = "conflict"


class TooMany(TixappError):
    """`retry_after` is in whole seconds."""

    code = "too_many_requests"

    def __init__(self, message: str = "", *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(TixappError):
    code = "unavailable"
