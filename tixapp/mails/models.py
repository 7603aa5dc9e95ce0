"""Letters: a row before they are sent, so that none is lost and none goes out twice."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from tixapp.core.db import Id, Model
from tixapp.core.states import Stateful


class MailStatus(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class Mail(Stateful, Model):
    """One letter. `key` names its occasion ("tickets:ord_…"): a second one is not written."""

    __tablename__ = "mails"
    __table_args__ = (
        sa.Index("ix_mails_queued", "due_at", postgresql_where=sa.text("status = 'queued'")),
    )
    MOVES: ClassVar = {
        MailStatus.QUEUED: frozenset({MailStatus.SENT, MailStatus.FAILED}),
        MailStatus.FAILED: frozenset({MailStatus.QUEUED}),
        MailStatus.SENT: frozenset(),
    }

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(unique=True)
    recipient: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    attachments: Mapped[list[Any]] = mapped_column(default=list)
    status: Mapped[MailStatus] = mapped_column(default=MailStatus.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    written_at: Mapped[datetime]
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    last_fault: Mapped[str | None]

    def put_off(self, *, until: datetime, fault: str) -> None:
        self.due_at = until
        self.last_fault = fault

    def give_up(self, *, fault: str) -> None:
        self._move_to(MailStatus.FAILED)
        self.last_fault = fault
