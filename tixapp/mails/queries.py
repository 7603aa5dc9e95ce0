"""Which letters there are."""

from typing import cast

import sqlalchemy as sa

from tixapp.core.db import db, locked

from .models import Mail, MailStatus


def queued_mail(mail_id: int) -> Mail | None:
    """Locked; None if it is no longer queued."""
    wanted = sa.select(Mail).where(Mail.id == mail_id, Mail.status == MailStatus.QUEUED)
    return cast("Mail | None", db.session.scalar(locked(wanted)))


def is_written(key: str) -> bool:
    return bool(db.session.scalar(sa.select(sa.exists().where(Mail.key == key))))
