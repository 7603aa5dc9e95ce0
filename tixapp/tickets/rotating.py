"""Codes that change every fifteen seconds: a picture of one is worth nothing a minute later.

    R<13 characters: the ticket's id>.<16: opener><16: HMAC of the present window>

The secret of a ticket follows from the installation's signing key, so it stands in no table. The
opener is the half of it that every code shows: it opens the ticket's row on a scanner's list, where
the other half is, the key of the HMAC. With the list alone, or a code alone, nobody makes a code.
"""

import base64
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

WINDOW = 15  # seconds
SLACK = 2  # windows that a phone's clock may be off, either way
_SHAPE = re.compile(r"R([A-Z2-7]{13})\.([A-Z2-7]{16})([A-Z2-7]{16})")


class NotRotating(ValueError):
    """Not one of these, or forged."""


class StaleCode(ValueError):
    """Ours, of another time."""


@dataclass(frozen=True, slots=True)
class Secret:
    """Of one ticket, under one signing key."""

    ticket_id: str
    opener: str
    mac_key: bytes

    def code(self, window: int) -> str:
        return f"R{self.ticket_id}.{self.opener}{self._mac(window)}"

    def shows(self, mac: str, window: int) -> bool:
        return hmac.compare_digest(mac, self._mac(window))

    def _mac(self, window: int) -> str:
        text = f"tixapp.rotating.1:{self.ticket_id}:{window}".encode()
        return base64.b32encode(hmac.digest(self.mac_key, text, "sha256")).decode()[:16]


class RotatingCodes:
    """Makes and reads them with the keys of one installation, the present one first."""

    def __init__(self, seed: bytes, previous: Iterable[bytes] = ()) -> None:
        self._seeds = (seed, *reversed(tuple(previous)))

    def secrets(self, ticket_id: str) -> list[Secret]:
        return [_secret(seed, ticket_id) for seed in self._seeds]

    def read(self, code: str, *, now: datetime) -> str:
        """The ticket's id. Raises NotRotating or StaleCode."""
        shape = _SHAPE.fullmatch(code)
        if shape is None:
            raise NotRotating(code[:20])
        ticket_id, opener, mac = shape.groups()
        for secret in self.secrets(ticket_id):
            if hmac.compare_digest(secret.opener, opener):
                return _in_time(secret, mac, window_of(now))
        raise NotRotating(code[:20])

    def ticket_id(self, scanned: str, *, now: datetime) -> str | None:
        """As `read`, for a door, where a code that is none of ours is nothing unusual."""
        try:
            return self.read(scanned.strip(), now=now)
        except (NotRotating, StaleCode):
            return None


def window_of(now: datetime) -> int:
    return int(now.timestamp()) // WINDOW


def _in_time(secret: Secret, mac: str, present: int) -> str:
    if any(secret.shows(mac, present + off) for off in range(-SLACK, SLACK + 1)):
        return secret.ticket_id
    raise StaleCode(secret.ticket_id)


def _secret(seed: bytes, ticket_id: str) -> Secret:
    halves = hmac.digest(_root(seed), ticket_id.encode(), "sha256")
    return Secret(ticket_id, base64.b32encode(halves[:10]).decode(), halves[16:])


@lru_cache(maxsize=8)
def _root(seed: bytes) -> bytes:
    """A key of its own purpose: what signs static codes is never used for anything else."""
    return HKDF(SHA256(), 32, salt=None, info=b"tixapp.rotating.root.1").derive(seed)
