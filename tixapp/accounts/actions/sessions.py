"""Sessions at the server, and ending every way in."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from tixapp.accounts.models import ApiKey, UserSession
from tixapp.accounts.queries import hashed
from tixapp.accounts.rules import SESSION_LIFE
from tixapp.core.db import db
from tixapp.core.ids import new_secret

USER_AGENT_MOST = 300


@dataclass(frozen=True)
class Visitor:
    """Where a sign-in comes from, for the list of sessions."""

    user_agent: str = ""
    address: str = ""


def start_session(user_id: int, visitor: Visitor, *, now: datetime) -> str:
    """The token for the cookie. Only its hash is stored."""
    token = new_secret()
    db.session.add(
        UserSession(
            user_id=user_id,
            token_hash=hashed(token),
            created_at=now,
            seen_at=now,
            expires_at=now + SESSION_LIFE,
            user_agent=visitor.user_agent[:USER_AGENT_MOST],
            address=visitor.address,
        )
    )
    db.session.flush()
    return token


def see_session(session_id: int, *, now: datetime) -> None:
    db.session.execute(
        sa.update(UserSession).where(UserSession.id == session_id).values(seen_at=now)
    )


def end_session(session_id: int, *, now: datetime) -> None:
    db.session.execute(
        sa.update(UserSession)
        .where(UserSession.id == session_id, UserSession.ended_at.is_(None))
        .values(ended_at=now)
    )


def end_other_sessions(user_id: int, *, kept: UserSession, now: datetime) -> None:
    db.session.execute(
        sa.update(UserSession)
        .where(
            UserSession.user_id == user_id,
            UserSession.id != kept.id,
            UserSession.ended_at.is_(None),
        )
        .values(ended_at=now)
    )


def end_access(user_id: int, *, kept: UserSession | None = None, now: datetime) -> None:
    """Every session but `kept`, and every key, is dead from the next request on."""
    db.session.execute(
        sa.update(UserSession)
        .where(
            UserSession.user_id == user_id,
            UserSession.ended_at.is_(None),
            UserSession.id != (kept.id if kept else 0),
        )
        .values(ended_at=now)
    )
    db.session.execute(
        sa.update(ApiKey)
        .where(ApiKey.user_id == user_id, ApiKey.ended_at.is_(None))
        .values(ended_at=now)
    )
