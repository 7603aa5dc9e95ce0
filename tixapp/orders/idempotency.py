"""Keys that a client gives to one intended change, so that asking again changes nothing more.

The row is written before the effect, in the effect's own transaction: either both stand or
neither does. Whoever comes second with the same key waits at the row's uniqueness until the first
is done, and then finds the answer. A refusal, or a fault before anything happened, takes its key
back with it: the key is free, and a later try may succeed.

A change in several steps (an order, then Stripe, then an address to pay at) writes the key with
its first step and notes in `subject` what it made. Whoever comes with the key later carries on
from there; the first to finish decides the answer.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from tixapp.core.db import db
from tixapp.core.fixed import Fixed

from .errors import BadIdempotencyKey, IdempotencyMismatch
from .models import IdempotencyKey

LIFE = timedelta(hours=24)
# Built once: these run with each call that changes something.
_TAKE = Fixed(
    sa.text(
        """
        INSERT INTO idempotency_keys (user_id, key, fingerprint, made_at)
        VALUES (:user_id, :key, :fingerprint, :made_at) ON CONFLICT DO NOTHING
        """
    )
)
_READ = Fixed(
    sa.text(
        """
        SELECT fingerprint, subject, status, answer, made_at FROM idempotency_keys
        WHERE user_id = :user_id AND key = :key
        """
    )
)
_NOTE = Fixed(
    sa.text(
        "UPDATE idempotency_keys SET subject = :subject WHERE user_id = :user_id AND key = :key"
    )
)
# Of two that finish at once, the first one's answer stands.
_KEEP = Fixed(
    sa.text(
        """
        UPDATE idempotency_keys SET status = :status, answer = :answer
        WHERE user_id = :user_id AND key = :key AND status IS NULL
        """
    ).bindparams(sa.bindparam("answer", type_=JSONB))
)
_PROPER = re.compile(r"[\x20-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Wish:
    """One intended change by one account. `fingerprint` stands for all of what was asked."""

    user_id: int
    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it was given the first time."""

    status: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """What is known of a wish. Nothing at all: it is ours to fulfil."""

    subject: str | None = None
    kept: Kept | None = None
    made_at: datetime | None = None


def proper_key(text: str) -> str:
    """Raises BadIdempotencyKey unless it is 1 to 255 printable ASCII characters."""
    if not _PROPER.fullmatch(text):
        raise BadIdempotencyKey("An Idempotency-Key is 1 to 255 printable ASCII characters.")
    return text


def fingerprint(method: str, path: str, body: object) -> bytes:
    """The same for every spelling of one JSON value: order of members and spaces do not count."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{method} {path}\n{canonical}".encode()).digest()


def claim(wish: Wish, *, now: datetime) -> Claim:
    """Takes the key, or tells what became of it; waits for a transaction that is taking it.

    Raises IdempotencyMismatch when the key stands for another request.
    """
    while not _take(wish, now=now):
        if (known := _read(wish)) is not None:
            return known
        # Swept between the two statements: the key is free again.
    return Claim()


def note_subject(wish: Wish, subject: str) -> None:
    """What the first step made, by its public id: the start of the next step."""
    _NOTE.run(_named(wish) | {"subject": subject})


def keep(wish: Wish, answer: Kept) -> None:
    """The answer of a change that was made in this transaction."""
    _KEEP.run(_named(wish) | {"status": answer.status, "answer": answer.body})


def keep_first(wish: Wish, answer: Kept) -> Kept:
    """For changes in several steps: of two that finish at once, the first one's answer stands."""
    if _KEEP.run(_named(wish) | {"status": answer.status, "answer": answer.body}):
        return answer
    return kept_answer(wish) or answer


def kept_answer(wish: Wish) -> Kept | None:
    known = _read(wish)
    return known.kept if known else None


def forget_old_keys(*, now: datetime, limit: int = 10_000) -> int:
    """Keys live for a day. How many were taken away."""
    old = sa.select(IdempotencyKey.user_id, IdempotencyKey.key)
    old = old.where(IdempotencyKey.made_at <= now - LIFE).limit(limit)
    gone = db.session.execute(
        sa.delete(IdempotencyKey).where(
            sa.tuple_(IdempotencyKey.user_id, IdempotencyKey.key).in_(old)
        )
    )
    return int(gone.rowcount)  # type: ignore[attr-defined] # a DELETE counts


def _take(wish: Wish, *, now: datetime) -> bool:
    return bool(_TAKE.run(_named(wish) | {"fingerprint": wish.fingerprint, "made_at": now}))


def _read(wish: Wish) -> Claim | None:
    row = _READ.first(_named(wish))
    if row is None:
        return None
    taken_for, subject, status, answer, made_at = row
    if taken_for != wish.fingerprint:
        raise IdempotencyMismatch("This Idempotency-Key stands for another request.")
    kept = None if status is None else Kept(status, answer)
    return Claim(subject, kept, made_at)


def _named(wish: Wish) -> dict[str, Any]:
    return {"user_id": wish.user_id, "key": wish.key}
