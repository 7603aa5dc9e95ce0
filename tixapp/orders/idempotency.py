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
from sqlalchemy.dialects.postgresql import insert

from tixapp.core.db import db, locked

from .errors import BadIdempotencyKey, IdempotencyMismatch
from .models import IdempotencyKey

LIFE = timedelta(hours=24)
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
        known = db.session.scalar(sa.select(IdempotencyKey).where(*_is(wish)))
        if known is not None:
            return _known(known, wish)
        # Swept between the two statements: the key is free again.
    return Claim()


def note_subject(wish: Wish, subject: str) -> None:
    """What the first step made, by its public id: the start of the next step."""
    db.session.execute(sa.update(IdempotencyKey).where(*_is(wish)).values(subject=subject))


def keep(wish: Wish, answer: Kept) -> None:
    """The answer of a change that was made in this transaction."""
    values = {"status": answer.status, "answer": answer.body}
    db.session.execute(sa.update(IdempotencyKey).where(*_is(wish)).values(values))


def keep_first(wish: Wish, answer: Kept) -> Kept:
    """For changes in several steps: of two that finish at once, the first one's answer stands."""
    row = db.session.scalar(locked(sa.select(IdempotencyKey).where(*_is(wish))))
    if row is None:
        return answer
    if row.answer is None:
        row.status, row.answer = answer.status, answer.body
    return _kept(row) or answer


def kept_answer(wish: Wish) -> Kept | None:
    row = db.session.execute(
        sa.select(IdempotencyKey.status, IdempotencyKey.answer).where(*_is(wish))
    ).one_or_none()
    return None if row is None or row.status is None else Kept(row.status, row.answer or {})


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
    taken = db.session.execute(
        insert(IdempotencyKey)
        .values(user_id=wish.user_id, key=wish.key, fingerprint=wish.fingerprint, made_at=now)
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.user_id)
    )
    return taken.first() is not None


def _known(row: IdempotencyKey, wish: Wish) -> Claim:
    if row.fingerprint != wish.fingerprint:
        raise IdempotencyMismatch("This Idempotency-Key stands for another request.")
    return Claim(row.subject, _kept(row), row.made_at)


def _kept(row: IdempotencyKey) -> Kept | None:
    return None if row.status is None else Kept(row.status, row.answer or {})


def _is(wish: Wish) -> tuple[sa.ColumnElement[bool], ...]:
    return (IdempotencyKey.user_id == wish.user_id, IdempotencyKey.key == wish.key)
