"""Doing what was asked once, however often it is asked with the same Idempotency-Key."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tixapp.core.db import end_reading, transaction
from tixapp.orders.idempotency import (
    Kept,
    Wish,
    claim,
    keep,
    keep_first,
    kept_answer,
    note_subject,
)

from .answers import Answer
from .calls import Asked

# A key that was taken this recently is probably being worked on: its answer is waited for.
FRESH = timedelta(seconds=30)
WAITS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.5)


def once(asked: Asked[Any], effect: Callable[[], Answer]) -> Answer:
    """`effect` and its key in one transaction. Two at once: the second waits and gets the first's
    answer. A refusal takes the key back with it."""
    wish = asked.wish
    with transaction():
        if wish is None:
            return effect()
        known = claim(wish, now=asked.now)
        if known.kept is not None:
            return _again(known.kept)
        answer = effect()
        keep(wish, Kept(answer.status, answer.body))
        return answer


def in_steps(
    asked: Asked[Any], begin: Callable[[], str], finish: Callable[[str], Answer]
) -> Answer:
    """`begin` and the key in one transaction, then `finish`, which may ask the network.

    `begin` gives the public id of what it made, and `finish` works from that alone: so whoever
    comes with the same key after a crash between the two carries on. Both may run again.
    """
    wish = asked.wish
    if wish is None:
        with transaction():
            subject = begin()
        return finish(subject)
    with transaction():
        known = claim(wish, now=asked.now)
        if known.kept is not None:
            return _again(known.kept)
        subject = known.subject or _begun(wish, begin)
    is_worked_on = known.made_at is not None and asked.now - known.made_at < FRESH
    if is_worked_on and (answer := _others_answer(wish)) is not None:
        return answer
    answer = finish(subject)
    end_reading()
    with transaction():
        kept = keep_first(wish, Kept(answer.status, answer.body))
    return Answer(kept.status, kept.body)


def _begun(wish: Wish, begin: Callable[[], str]) -> str:
    subject = begin()
    note_subject(wish, subject)
    return subject


def _others_answer(wish: Wish) -> Answer | None:
    for pause in WAITS:
        kept = kept_answer(wish)
        end_reading()
        if kept is not None:
            return _again(kept)
        time.sleep(pause)
    return None


def _again(kept: Kept) -> Answer:
    return Answer(kept.status, kept.body, was_kept=True)
