"""State machines: a status moves along a table, by one writer."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar

from .errors import Conflict


class IllegalMove(Conflict):
    code = "illegal_move"

    def __init__(self, thing: object, old: str, new: str) -> None:
        super().__init__(f"{type(thing).__name__} cannot go from {old} to {new}")
        self.old, self.new = old, new


class Stateful:
    """A row with a `status` that only `_move_to` writes.

    `MOVES` lists for each status those it may become.
    """

    MOVES: ClassVar[Mapping[Any, frozenset[Any]]]
    status: Any

    def _move_to(self, new: StrEnum) -> None:
        """Raises IllegalMove, changing nothing, for a step that is not in the table."""
        if new not in self.MOVES[self.status]:
            raise IllegalMove(self, self.status, new)
        self.status = new
