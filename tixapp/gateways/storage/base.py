"""What a storage promises, whatever it is made of."""

from __future__ import annotations

import re
from typing import Protocol

from tixapp.core.errors import NotFound, Unavailable

# Names are made by us alone: two parts, no dots but before the ending.
KEY = re.compile(r"[a-z0-9_]{1,40}/[a-z0-9_]{1,20}\.[a-z]{3,4}")


class StorageUnavailable(Unavailable):
    """No answer, no room, no right: nothing is known to have been kept."""

    code = "storage_unavailable"


class NothingStored(NotFound):
    """There is nothing under that name."""


class Storage(Protocol):
    """Never asked inside a transaction. Every call may raise StorageUnavailable."""

    def put(self, key: str, content: bytes, mimetype: str) -> None:
        """Keeps all of it or nothing; in place of what was there."""

    def get(self, key: str) -> bytes:
        """Raises NothingStored."""

    def delete(self, key: str) -> None:
        """Twice is no fault."""


def checked(key: str) -> str:
    if not KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no name of ours")
    return key
