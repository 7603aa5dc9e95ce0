"""Lists, newest first, with cursors."""

from collections.abc import Sequence
from typing import Any

from sandbox.stripe.context import Call
from sandbox.stripe.errors import invalid, no_such
from sandbox.stripe.store import Json

MAX_LIMIT = 100
COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


class Filter:
    """SQL conditions with their values, all of them required."""

    def __init__(self) -> None:
        self.conditions: list[str] = []
        self.values: list[Any] = []

    def add(self, condition: str, *values: Any) -> "Filter":
        self.conditions.append(condition)
        self.values.extend(values)
        return self

    def field(self, path: str, value: Any) -> "Filter":
        """`path` in the object equals `value`, unless that is None."""
        return self if value is None else self.add(f"json_extract(body, '$.{path}') = ?", value)

    def created(self, wanted: Any, column: str = "created") -> "Filter":
        """An instant, or a range `{gte, gt, lt, lte}`."""
        if isinstance(wanted, dict):
            for name, value in wanted.items():
                self.add(f"{column} {COMPARISONS[name]} ?", value)
        elif wanted is not None:
            self.add(f"{column} = ?", wanted)
        return self


def page(call: Call, kind: str, url: str, only: Filter | None = None) -> Json:
    """One page of the account's objects of `kind` that pass `only`."""
    limit = call.param("limit", 10)
    check_range(limit, 1, MAX_LIMIT, "limit")
    after, before = call.param("starting_after"), call.param("ending_before")
    if after and before:
        raise invalid(
            "You can only pass one of `starting_after` and `ending_before`.", "ending_before"
        )
    only = only or Filter()
    conditions = ["account = ?", "kind = ?", *only.conditions]
    values: list[Any] = [call.account, kind, *only.values]
    if after or before:
        conditions.append("seq < ?" if after else "seq > ?")
        values.append(
            _cursor(call, kind, after or before, "starting_after" if after else "ending_before")
        )
    order = "seq ASC" if before else "seq DESC"
    found = call.store.select(" AND ".join(conditions), values, order=order, limit=limit + 1)
    shown = found[:limit]
    if before:
        shown.reverse()
    return listing([doc.body for doc in shown], url, has_more=len(found) > limit)


def _cursor(call: Call, kind: str, object_id: str, param: str) -> int:
    found = call.find(kind, object_id)
    if found is None:
        raise no_such(kind, object_id, param)
    return found.seq


def listing(data: Sequence[Json], url: str, *, has_more: bool = False) -> Json:
    return {"object": "list", "data": list(data), "has_more": has_more, "url": url}


def page_of(call: Call, items: list[Json], url: str) -> Json:
    """One page of a short list that is kept whole, in its own order."""
    limit = call.param("limit", 10)
    check_range(limit, 1, MAX_LIMIT, "limit")
    names = [item["id"] for item in items]
    first, last = 0, len(items)
    for param in ("starting_after", "ending_before"):
        if call.param(param) and call.param(param) not in names:
            raise no_such("item", call.param(param), param)
    if call.param("starting_after"):
        first = names.index(call.param("starting_after")) + 1
    if call.param("ending_before"):
        last = names.index(call.param("ending_before"))
        first = max(0, last - limit)
        return listing(items[first:last], url, has_more=first > 0)
    return listing(items[first : first + limit], url, has_more=first + limit < last)


def check_range(value: int, least: int, most: int, param: str) -> None:
    if value < least:
        raise invalid(
            f"This value must be greater than or equal to {least}.",
            param,
            "parameter_invalid_integer",
        )
    if value > most:
        raise invalid(
            f"This value must be less than or equal to {most}.", param, "parameter_invalid_integer"
        )
