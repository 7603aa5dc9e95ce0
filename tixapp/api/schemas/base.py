"""What all bodies share: strictness, text, money, moments."""

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from tixapp.core.money import Money as Amount

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")
MOST_ON_A_PAGE = 100


class Taken(BaseModel):
    """What a client sends. "1", 1.0 and true are no whole numbers; nothing unknown is let pass."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Asking(BaseModel):
    """What a client asks in the query string, where everything is text."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Shown(BaseModel):
    """What we answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Nothing(Taken):
    """A call that takes no body, or an empty object."""


def without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("holds a character that no text has")
    return text


def _rfc3339(value: Any) -> datetime:
    if isinstance(value, str) and _RFC3339.fullmatch(value):
        with suppress(ValueError, OverflowError):
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
    raise ValueError("is not a time like 2026-12-24T20:00:00Z")


Text = Annotated[str, AfterValidator(without_nul)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(without_nul)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=40), AfterValidator(without_nul)]
Moment = Annotated[datetime, BeforeValidator(_rfc3339)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]


class Money(Taken):
    """Minor units (cents, yen) of a currency."""

    amount: int
    currency: str

    @classmethod
    def of(cls, amount: Amount) -> "Money":
        return cls(amount=amount.minor, currency=amount.currency)


class PageAsk(Asking):
    """`cursor`: the `next_cursor` of the page before."""

    cursor: Id | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_ON_A_PAGE)] = 24


class Problem(Shown):
    """RFC 9457. `code` is stable; `faults` names every member that is wrong, by its path."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str | None
    faults: dict[str, str] | None = None
