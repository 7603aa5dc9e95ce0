"""Who may do what with an event."""

from __future__ import annotations

import sqlalchemy as sa

from tixapp.accounts.models import User
from tixapp.core.db import db
from tixapp.sellers.models import Member, Role

from .models import Event

EDITORS = frozenset({Role.OWNER, Role.EDITOR})


def may_edit(user: User, event: Event) -> bool:
    """Owners and editors of its seller."""
    return _role(user, event.seller_id) in EDITORS


def may_preview(user: User, event: Event) -> bool:
    """A draft is shown to everyone who works for its seller."""
    return _role(user, event.seller_id) is not None


def _role(user: User, seller_id: int) -> Role | None:
    if not user.is_authenticated:
        return None
    standing = sa.select(Member.role).where(
        Member.seller_id == seller_id, Member.user_id == user.id, Member.removed_at.is_(None)
    )
    return db.session.scalar(standing)
