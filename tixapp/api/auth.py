"""Who calls: a key in `Authorization: Bearer`, and nothing else. Cookies are not looked at.

A key acts as its account, with the roles that account has at this moment. A key that was made with
scopes may do only what they say.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from flask import g, request
from flask_login import AnonymousUserMixin

from tixapp.accounts.actions import use_api_key
from tixapp.accounts.queries import LiveKey, live_api_key
from tixapp.core.db import end_reading, transaction

from .errors import KeyMissing, ScopeMissing

# A key's last use is told to its owner; exact to this is enough, and saves a write a call.
NOTED_EVERY = timedelta(minutes=5)
BEARER = "bearer"


class Access(StrEnum):
    """What a call asks of who calls it: nothing, or a key with a scope.

    `OPEN`: no key is needed, one that is sent must be good. `PUBLIC`: keys are not looked at.
    """

    PUBLIC = "public"
    OPEN = "open"
    READ = "read"
    WRITE = "write"
    DOOR = "door"
    SELL = "sell"


SCOPES = (Access.READ, Access.WRITE, Access.DOOR, Access.SELL)


@dataclass(frozen=True, slots=True)
class Caller:
    """The account behind a key; for the rest of the app, the person of this request."""

    id: int
    key_id: int
    is_admin: bool
    used_at: datetime | None
    is_authenticated: bool = True


def shown_key(access: Access) -> str | None:
    """The key that was sent. None only where none is needed. Raises KeyMissing."""
    # Flask-Login would look for a cookie: here there is nobody but who shows a key.
    g._login_user = AnonymousUserMixin()
    sent = request.headers.get("Authorization")
    if access is Access.PUBLIC or (access is Access.OPEN and sent is None):
        return None
    scheme, _, secret = (sent or "").partition(" ")
    if scheme.lower() != BEARER:
        raise KeyMissing("Send an API key: Authorization: Bearer KEY.")
    return secret.strip()


def identify(secret: str, access: Access) -> Caller:
    """Who calls, in one statement. Raises KeyMissing, ScopeMissing."""
    key = live_api_key(secret)
    if key is None:
        raise KeyMissing("This API key is unknown, or was ended.")
    if access is not Access.OPEN and not key.allows(access):
        raise ScopeMissing(access)
    # From here on this request is made by the key's account.
    g._login_user = caller = Caller(key.user_id, key.key_id, key.is_admin, key.used_at)
    return caller


def note_use(caller: Caller | LiveKey, *, now: datetime) -> None:
    """After the answer is made, in a transaction of its own, now and then."""
    if caller.used_at is None or now - caller.used_at >= NOTED_EVERY:
        end_reading()
        with transaction():
            use_api_key(caller.key_id, now=now)
