"""Which letters are due."""

from datetime import datetime
from typing import cast

import sqlalchemy as sa

from tixapp.core.db import db, locked

from .models import Mail, MailStatus


def next_due_mail(*, now: datetime) -> Mail | None:
    """The one that has waited longest, locked; those in another worker's hand are passed over."""
    due = (
        sa.select(Mail)
        .where(Mail.status == MailStatus.QUEUED, Mail.due_at <= now)
        .order_by(Mail.due_at, Mail.id)
        .limit(1)
    )
    return cast("Mail | None", db.session.scalar(locked(due, skip_locked=True)))


def queued_mail(mail_id: int) -> Mail | None:
    """Locked; None if it is no longer queued."""
    wanted = sa.select(Mail).where(Mail.id == mail_id, Mail.status == MailStatus.QUEUED)
    return cast("Mail | None", db.session.scalar(locked(wanted)))


def is_written(key: str) -> bool:
    return bool(db.session.scalar(sa.select(sa.exists().where(Mail.key == key))))
