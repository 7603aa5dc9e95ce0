"""The one small document that everybody in a room shares, and what it says.

Numbers that only the control knows come in; text that can be signed and kept by any cache goes out.
No member is about a person.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from .control import wait

VERSION = 1
# Seconds: between two looks at the least, at the most, and the part of the wait that one may take.
POLL = (2, 60, 20)
# Salts of the late windows that were sealed last: whoever waits for one looks every few seconds.
LATE_SALTS = 2


@dataclass(frozen=True)
class RoomNews:
    """`cut` as (window, key); `last_rank`: the last who will probably get a place (low, middle,
    high); `rate`: people let in a minute, measured; `gate`: whether a claim would be taken now."""

    event: str
    opens_at: datetime
    state: str
    reason: str
    cut: tuple[int, int]
    admitted: int
    joined: tuple[int, int]
    rate: int
    last_rank: Sequence[int]
    tiers: Sequence[tuple[str, int, str]]
    gate: bool
    salts: Sequence[tuple[int, bytes]]
    table: str
    commitment: str
    beacon: str


def news_text(news: RoomNews) -> str:
    """Everything but the number, the moment and the signature: the same news, the same text."""
    said = {
        "event": news.event,
        "opens": int(news.opens_at.timestamp()),
        "state": news.state,
        "reason": news.reason,
        "cut": [news.cut[0], f"{news.cut[1]:016x}"],
        "in": news.admitted,
        "n": list(news.joined),
        "rate": news.rate,
        "last_rank": list(news.last_rank),
        "tiers": [list(tier) for tier in news.tiers],
        "gate": int(news.gate),
        "poll": list(POLL),
        "salts": {str(win): _short(salt) for win, salt in news.salts},
        "draw": f"/room/{news.event}/{news.table}" if news.table else "",
        "commit": _short(bytes.fromhex(news.commitment)),
        "beacon": news.beacon,
    }
    return json.dumps(said, separators=(",", ":"))


def document(text: str, *, seq: int, now: datetime, sign: Callable[[str], str]) -> str:
    """`text` with its number and moment, and a signature over all that stands before it."""
    body = f'{{"v":{VERSION},"seq":{seq},"t":{int(now.timestamp())},{text[1:-1]}'
    return f'{body},"sig":"{sign(body)}"}}'


def news_of(made: str) -> str:
    """What `document` was made from: to see whether there is any news."""
    if not made:
        return ""
    start = made.index('"event":')
    return "{" + made[start : made.rindex(',"sig":"')] + "}"


def is_signed_by(made: str, sign: Callable[[str], str]) -> bool:
    """Whether that is its signature now: after a change of keys it is not."""
    body, _, rest = made.rpartition(',"sig":"')
    return rest == f'{sign(body)}"}}'


def _short(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def last_ranks(made: str) -> tuple[int, int, int] | None:
    """Of a document: the last who will probably get a place."""
    ranks = json.loads(made).get("last_rank") if made else None
    return (ranks[0], ranks[1], ranks[2]) if ranks else None


def estimate(made: str, ahead: int) -> tuple[int, int] | None:
    """Seconds until `ahead` people were let in, at the least and at the most."""
    return wait(ahead, json.loads(made).get("rate", 0)) if made else None
