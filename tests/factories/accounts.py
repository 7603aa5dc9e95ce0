"""People."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from argon2 import PasswordHasher

from tests.factories import saved
from tests.fixtures.time import NOON
from tixapp.accounts.models import User

PASSWORD = "correct horse 7"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@cache
def hash_of(password: str) -> str:
    """A true argon2 hash with the least of parameters, so that tests take no notice of it."""
    return CHEAP.hash(password)


def make_user(
    name: str = "Bob",
    *,
    email: str | None = None,
    password: str = PASSWORD,
    confirmed_at: datetime | None = NOON,
    **others: Any,
) -> User:
    email = email or f"{name.lower()}@example.com"
    return saved(
        User(
            name=name,
            email=email,
            email_key=email,
            password_hash=hash_of(password),
            created_at=NOON,
            confirmed_at=confirmed_at,
            **others,
        )
    )
