"""A public source of random numbers: drand, by the relays that an installation names."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from http.client import HTTPException
from urllib.request import Request, urlopen

import structlog

from tixapp.core.db import refuse_inside_transaction
from tixapp.core.errors import Unavailable

TIMEOUT_SECONDS = 3
LONGEST = 4096

log = structlog.get_logger()


class BeaconUnavailable(Unavailable):
    """No relay gave the round; it may be asked for again."""


@dataclass(frozen=True)
class Beacon:
    """`relays`: web addresses, asked one after the other. None: there is no beacon."""

    relays: Sequence[str] = ()

    def value(self, path: str, number: int) -> str:
        """The randomness of a round, in hexadecimal. Raises BeaconUnavailable."""
        refuse_inside_transaction()
        for relay in self.relays:
            try:
                return _read(_fetch(relay + path), number)
            except (OSError, HTTPException, ValueError) as fault:
                log.warning("beacon_unavailable", relay=relay, round=number, fault=repr(fault))
        raise BeaconUnavailable(f"No relay gave round {number}.")


def _fetch(address: str) -> bytes:
    asked = Request(address, headers={"Accept": "application/json", "User-Agent": "tixapp"})  # noqa: S310 - from the settings
    with urlopen(asked, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
        return bytes(answer.read(LONGEST))


def _read(answer: bytes, number: int) -> str:
    """Raises ValueError for what is another round, or no round. The value is the hash of the
    signature; whose signature it is anybody can check at another relay."""
    told = json.loads(answer)
    if not isinstance(told, dict) or told.get("round") != number:
        raise ValueError("another round")
    value = sha256(bytes.fromhex(str(told.get("signature", "")))).hexdigest()
    if told.get("randomness") != value or not told.get("signature"):
        raise ValueError("the value does not follow from its signature")
    return value
