"""Links sent by mail: one purpose, one use, a short time."""

from datetime import datetime

import sqlalchemy as sa

from tixapp.accounts.errors import LinkDead
from tixapp.accounts.models import LinkPurpose, LoginLink, User
from tixapp.accounts.queries import hashed, live_link, locked_user
from tixapp.accounts.rules import CHANGE_LIFE, CONFIRM_LIFE, RESET_LIFE
from tixapp.core.db import db
from tixapp.core.ids import new_secret

LINK_LIFE = {
    LinkPurpose.CONFIRM: CONFIRM_LIFE,
    LinkPurpose.RESET: RESET_LIFE,
    LinkPurpose.CHANGE: CHANGE_LIFE,
}


def make_link(user: User, purpose: LinkPurpose, *, email: str = "", now: datetime) -> str:
    """The token of a new link; earlier ones for the same purpose are dead."""
    end_links(user.id, purpose, now=now)
    token = new_secret()
    db.session.add(
        LoginLink(
            user_id=user.id,
            purpose=purpose,
            token_hash=hashed(token),
            email_key=user.email_key,
            email=email,
            created_at=now,
            expires_at=now + LINK_LIFE[purpose],
        )
    )
    return token


def end_links(user_id: int, *purposes: LinkPurpose, now: datetime) -> None:
    """All purposes when none is given."""
    db.session.execute(
        sa.update(LoginLink)
        .where(
            LoginLink.user_id == user_id,
            LoginLink.ended_at.is_(None),
            LoginLink.purpose.in_(purposes or tuple(LinkPurpose)),
        )
        .values(ended_at=now)
    )


def use_link(token: str, purpose: LinkPurpose, *, now: datetime) -> LoginLink:
    """Ends the link and locks its user. Raises LinkDead, for the second of two at once too."""
    found = live_link(token, purpose, now=now)
    user = locked_user(found.user_id) if found else None
    link = live_link(token, purpose, now=now) if user else None
    if link is None:
        raise LinkDead("This link no longer works.")
    link.end(now=now)
    return link
