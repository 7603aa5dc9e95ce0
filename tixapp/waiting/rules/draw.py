"""The order of a waiting room as a pure function: no place is stored, so none can be lost.

    eid  = HMAC-SHA256(K_entry, "entry|<event>|<account>"), its first 16 bytes
    S_0  = HMAC-SHA256(master, "draw|<event>|<root, in hex>|<beacon>")
    S_w  = HMAC-SHA256(master, "late|<event>|<w>")                            for w = 1, 2, …
    key  = the first 63 bits of SHA-256(S_win, then eid), as a big-endian number
    order: by win, then key, then account

Text is UTF-8, `<event>` is the public id, numbers are decimal without leading zeros. Only the
standard library is used, so that anyone can run this. tests/vectors/draw.json pins every byte.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

EID_BYTES = 16
SECRET_BYTES = 32
KEY_BITS = 63
KEYS = 1 << KEY_BITS
WINDOW = timedelta(seconds=10)
# A window is sealed this long after its end: joins stamped inside it may still be on their way.
SEALING = timedelta(seconds=2)
NO_BEACON = "none"
UNDRAWN = -1


class Cut(NamedTuple):
    """Whoever comes before it may go in: `order < cut`."""

    win: int
    key: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One person in the room, as the order sees them."""

    win: int
    eid: bytes
    account: int


@dataclass(frozen=True)
class Published:
    """What the proof page shows. `root` and `salts` come at the draw, `master` after the sale.

    `salts`: window → S_window, of every window that is sealed.
    """

    event: str
    commit: bytes
    root: bytes | None = None
    beacon: str = NO_BEACON
    salts: dict[int, bytes] = field(default_factory=dict)
    master: bytes | None = None


def entry_id(entry_key: bytes, event: str, account: int) -> bytes:
    """The same for every join of `account`; another one at another event; not to be guessed."""
    return _hmac(entry_key, "entry", event, str(account))[:EID_BYTES]


def commitment(master: bytes) -> bytes:
    """Shown from the day of the announcement on: it binds us to `master` without telling it."""
    return hashlib.sha256(master).digest()


def entrants_root(eids: Iterable[bytes]) -> bytes:
    """One hash over everybody who came before the sale opened, in whatever order they are given."""
    return hashlib.sha256(b"".join(sorted(eids))).digest()


def first_salt(master: bytes, event: str, root: bytes, beacon: str) -> bytes:
    """S_0: exists only when the entrants are fixed and the beacon is known. Writing it draws."""
    if "\n" in beacon or "\r" in beacon:
        raise ValueError("a beacon is one line")
    return _hmac(master, "draw", event, root.hex(), beacon)


def late_salt(master: bytes, event: str, win: int) -> bytes:
    """S_w of a late window, published when it is sealed."""
    if win < 1:
        raise ValueError("late windows are counted from 1")
    return _hmac(master, "late", event, str(win))


def key(salt: bytes, eid: bytes) -> int:
    """Where `eid` stands in its window: 0 <= key < 2^63. Smaller goes in earlier."""
    return int.from_bytes(hashlib.sha256(salt + eid).digest()[:8]) >> 1


def order(entry: Entry, salt: bytes) -> tuple[int, int, int]:
    """What entries are sorted by. `account` only parts equal keys, which is as good as never."""
    return entry.win, key(salt, entry.eid), entry.account


def window(joined: datetime, opens: datetime, *, sealed: int = UNDRAWN) -> int:
    """The window of a join: 0 before the sale opens, then one every ten seconds.

    Never one up to `sealed`, whatever a server's clock says: its salt is known already.
    """
    win = 0 if joined < opens else 1 + (joined - opens) // WINDOW
    return max(win, sealed + 1)


def sealable(now: datetime, opens: datetime) -> int:
    """The last window whose joins are all in, UNDRAWN before the sale opens."""
    ended = now - SEALING - opens
    return ended // WINDOW if ended >= timedelta(0) else UNDRAWN


def ranking(entries: Iterable[Entry], salts: dict[int, bytes]) -> list[Entry]:
    """Everybody whose window is sealed, first to last."""
    return sorted((e for e in entries if e.win in salts), key=lambda e: order(e, salts[e.win]))


def rank(mine: Entry, entries: Iterable[Entry], salts: dict[int, bytes]) -> int:
    """1 for whoever goes in first."""
    own = order(mine, salts[mine.win])
    return 1 + sum(e.win in salts and order(e, salts[e.win]) < own for e in entries)


def digest(ranked: Iterable[Entry]) -> bytes:
    """One hash of a whole ranking, to compare two of them."""
    seen = hashlib.sha256()
    for entry in ranked:
        seen.update(entry.eid)
    return seen.digest()


def cut_after(win: int, key: int) -> Cut:
    """The cut that lets in everyone up to the entry with this `key`, and nobody else."""
    return Cut(win, key + 1) if key + 1 < KEYS else Cut(win + 1, 0)


def approximate_cut(called: int, windows: Sequence[tuple[int, int]]) -> Cut:
    """The cut that lets in about `called` people, before exact ranks are written.

    Keys are uniform: in a window of N, 2^63 · m / N has about m below it. `windows`: (win, how
    many joined in it), sealed ones, ascending.
    """
    left = called
    end = Cut(0, 0)
    for win, count in windows:
        if left < count:
            return Cut(win, KEYS * left // count) if left > 0 else end
        left -= count
        end = Cut(win + 1, 0)
    return end


def _hmac(secret: bytes, word: str, event: str, *rest: str) -> bytes:
    if "|" in event or not event.isprintable():
        raise ValueError("an event's id has neither a bar nor a line break")
    return hmac.digest(secret, "|".join((word, event, *rest)).encode(), "sha256")
