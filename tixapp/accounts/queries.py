"""Who somebody is."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from tixapp.core.alone import alone
from tixapp.core.db import db, locked

from .models import ApiKey, LinkPurpose, LoginLink, User, UserSession


@dataclass(frozen=True)
class Credentials:
    """What a sign-in is checked against, as values: hashing happens outside any transaction."""

    user_id: int
    password_hash: str


@dataclass(frozen=True, slots=True)
class LiveKey:
    """An API key that works, and whose it is."""

    key_id: int
    user_id: int
    is_admin: bool
    scopes: Sequence[str]
    used_at: datetime | None

    def allows(self, scope: str) -> bool:
        """A key without scopes may do all that its user may."""
        return not self.scopes or not enough_for(scope).isdisjoint(self.scopes)


def enough_for(scope: str) -> frozenset[str]:
    """Scopes of which one is enough: who may write may read."""
    return frozenset({"read", "write"} if scope == "read" else {scope})


# Each call of the API asks this; the columns are those of LiveKey. `token` is hashed.
_LIVE_KEY = """
    SELECT k.id AS key_id, u.id AS user_id, u.is_admin, k.scopes, k.used_at
    FROM api_keys k JOIN users u ON u.id = k.user_id
    WHERE k.token_hash = %(token)s AND k.ended_at IS NULL AND u.disabled_at IS NULL"""
# The same as the beginning of a statement that acts at once: the key has one of `scopes`.
CALLER = f"""
    caller AS ({_LIVE_KEY}
      AND (k.scopes = '[]' OR k.scopes ?| string_to_array(%(scopes)s, ' ')))"""


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A key as it was sent, not looked up yet: by its hash, with scopes of which it needs one."""

    token: bytes
    scopes: Sequence[str]

    def asked(self) -> dict[str, Any]:
        """The values of `CALLER`."""
        return {"token": self.token, "scopes": " ".join(self.scopes)}


def hashed(token: str) -> bytes:
    """What is stored of a token. It is random and long, so a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def credentials(email_key: str) -> Credentials | None:
    """None for a disabled account too."""
    found = db.session.execute(
        sa.select(User.id, User.password_hash).where(
            User.email_key == email_key, User.disabled_at.is_(None)
        )
    ).one_or_none()
    return Credentials(*found) if found else None


def user_of_address(email_key: str) -> User | None:
    return db.session.scalar(sa.select(User).where(User.email_key == email_key))


def locked_user(user_id: int) -> User | None:
    """None for a disabled account."""
    wanted = sa.select(User).where(User.id == user_id, User.disabled_at.is_(None))
    return cast("User | None", db.session.scalar(locked(wanted)))


def live_session(token: str, *, now: datetime) -> UserSession | None:
    """The session and its user in one statement; None once it is ended, too old, or disabled."""
    return db.session.scalar(
        sa.select(UserSession)
        .join(UserSession.user)
        .options(contains_eager(UserSession.user))
        .where(
            UserSession.token_hash == hashed(token),
            UserSession.ended_at.is_(None),
            UserSession.expires_at > now,
            User.disabled_at.is_(None),
        )
    )


def live_api_key(key: str) -> LiveKey | None:
    """In one statement; None once the key is ended or its user is disabled."""
    found = alone(_LIVE_KEY, {"token": hashed(key)})
    return LiveKey(*found) if found else None


def live_link(token: str, purpose: LinkPurpose, *, now: datetime) -> LoginLink | None:
    """The link and its user; None for another purpose, used, too old, or of a former address."""
    return db.session.scalar(
        sa.select(LoginLink)
        .join(LoginLink.user)
        .options(contains_eager(LoginLink.user))
        .where(
            LoginLink.token_hash == hashed(token),
            LoginLink.purpose == purpose,
            LoginLink.ended_at.is_(None),
            LoginLink.expires_at > now,
            LoginLink.email_key == User.email_key,
            User.disabled_at.is_(None),
        )
    )


def links_since(user_id: int, purpose: LinkPurpose, since: datetime) -> int:
    count = sa.select(sa.func.count(LoginLink.id)).where(
        LoginLink.user_id == user_id,
        LoginLink.purpose == purpose,
        LoginLink.created_at > since,
    )
    return db.session.scalar(count) or 0


def live_sessions(user_id: int, *, now: datetime) -> Sequence[UserSession]:
    """Last seen first."""
    return db.session.scalars(
        sa.select(UserSession)
        .where(
            UserSession.user_id == user_id,
            UserSession.ended_at.is_(None),
            UserSession.expires_at > now,
        )
        .order_by(UserSession.seen_at.desc(), UserSession.id.desc())
    ).all()


def live_api_keys(user_id: int) -> Sequence[ApiKey]:
    """Newest first."""
    return db.session.scalars(
        sa.select(ApiKey)
        .where(ApiKey.user_id == user_id, ApiKey.ended_at.is_(None))
        .order_by(ApiKey.id.desc())
    ).all()


def session_of(public_id: str, user_id: int) -> UserSession | None:
    return db.session.scalar(
        sa.select(UserSession).where(
            UserSession.public_id == public_id, UserSession.user_id == user_id
        )
    )


def api_key_of(public_id: str, user_id: int) -> ApiKey | None:
    return db.session.scalar(
        sa.select(ApiKey).where(ApiKey.public_id == public_id, ApiKey.user_id == user_id)
    )


def admin_addresses() -> list[str]:
    """Where the people who run the platform are written to."""
    return list(
        db.session.scalars(
            sa.select(User.email).where(User.is_admin, User.disabled_at.is_(None)).order_by(User.id)
        )
    )
