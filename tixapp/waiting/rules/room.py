"""Small decisions of the room: how it starts, what a challenge asks, where somebody stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

PASS_LENGTH = timedelta(minutes=10)

# A room that was given no limits: a tenth of the places at a time, within reason.
FEWEST_SHOPPING, MOST_SHOPPING = 20, 3000
# What the servers bear easily; how many may shop and what is left mostly call for fewer.
SLOWEST, A_MINUTE_OF = 600, 2
SMALL_SALE = 500

# About 2^14 tries: a tenth of a second on a laptop, a second on an old phone.
CHALLENGE_BITS = 14
# Without a script one waits instead.
CHALLENGE_WAIT = timedelta(seconds=5)
CHALLENGE_LIFE = timedelta(minutes=30)
# By so much the clocks of two servers may differ.
CLOCKS_APART = timedelta(seconds=5)


@dataclass(frozen=True)
class Limits:
    """`rate` in people a minute."""

    rate: int
    a_max: int
    is_strict: bool


def first_limits(capacity: int) -> Limits:
    a_max = min(max(FEWEST_SHOPPING, capacity // 5), MOST_SHOPPING)
    return Limits(
        rate=max(SLOWEST, a_max * A_MINUTE_OF), a_max=a_max, is_strict=capacity <= SMALL_SALE
    )


def is_solved(challenge: str, nonce: str) -> bool:
    """Whether SHA-256 of "challenge.nonce" begins with enough zero bits."""
    if not nonce.isascii() or not nonce.isdecimal() or len(nonce) > 12:
        return False
    digest = sha256(f"{challenge}.{nonce}".encode()).digest()
    return int.from_bytes(digest[:8]) >> (64 - CHALLENGE_BITS) == 0


def is_fresh(knocked_at: datetime | None, *, now: datetime) -> bool:
    """Whether that knock still stands."""
    return knocked_at is not None and -CLOCKS_APART <= now - knocked_at < CHALLENGE_LIFE


def promise(most: int, *, free: int, owed: int) -> int:
    """Places kept for one pass of a strict room; 0 when none can be. `owed` are kept already."""
    return max(0, min(most, free - owed))
