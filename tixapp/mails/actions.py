"""Writing letters, and the steps of sending one."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from tixapp.core.db import db
from tixapp.core.facts import wake

from .models import Mail, MailStatus
from .queries import queued_mail
from .rules import LEASE, wait_after

# How many are claimed by one statement: all of them are sent well within the lease.
CLAIMED_AT_ONCE = 5
_CLAIM = sa.text(
    """
    UPDATE mails SET attempts = attempts + 1, due_at = :lease
    WHERE id IN (
        SELECT id FROM mails WHERE status = 'queued' AND due_at <= :now
        ORDER BY due_at, id LIMIT :most FOR NO KEY UPDATE SKIP LOCKED
    )
    RETURNING id, key, recipient, subject, text, html, attachments
    """
)
_WRITE = (
    insert(cast("sa.Table", Mail.__table__))
    .on_conflict_do_nothing(index_elements=["key"])
    .returning(Mail.id)
)
_HANDED_BACK = sa.text(
    "UPDATE mails SET attempts = attempts - 1, due_at = :now"
    " WHERE id = ANY(:ids) AND status = 'queued'"
)
_SENT = sa.text(
    """
    UPDATE mails SET status = 'sent', sent_at = :now, text = '', html = '', attachments = '[]',
                     last_fault = NULL
    WHERE id = :id AND status = 'queued'
    """
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A letter to be sent now."""

    id: int
    key: str
    recipient: str
    subject: str
    text: str
    html: str
    attachments: list[dict[str, str]]


@dataclass(frozen=True)
class Words:
    """What a letter says: one line of subject, and the same text twice."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Enclosure:
    """What goes with a letter: a text file (`mimetype` such as `text/calendar`), or a picture, a
    PNG in base64, that the HTML shows as `cid:` and its name."""

    name: str
    mimetype: str
    text: str = ""
    picture: str = ""


def write_mail(
    key: str,
    recipient: str,
    words: Words,
    *,
    enclosures: Sequence[Enclosure] = (),
    now: datetime,
) -> bool:
    """Queues a letter once for each `key`; False if it was written before."""
    values = {
        "key": key,
        "recipient": recipient,
        "subject": words.subject,
        "text": words.text,
        "html": words.html,
        "attachments": [asdict(one) for one in enclosures],
        "status": MailStatus.QUEUED,
        "attempts": 0,
        "written_at": now,
        "due_at": now,
    }
    written = db.session.connection().execute(_WRITE, values).first()
    if written is None:
        return False
    wake()
    return True


def claim_mails(*, now: datetime) -> list[Claimed]:
    """Letters that are due, ours for the time of a lease; the one that has waited longest first.
    Those in another worker's hand are passed over."""
    rows = db.session.connection().execute(
        _CLAIM, {"now": now, "lease": now + LEASE, "most": CLAIMED_AT_ONCE}
    )
    return sorted((Claimed(*row) for row in rows), key=lambda one: one.id)


def hand_back(ids: Sequence[int], *, now: datetime) -> None:
    """Letters that were claimed and not tried."""
    db.session.connection().execute(_HANDED_BACK, {"ids": list(ids), "now": now})


def record_sent(mail_id: int, *, now: datetime) -> None:
    """What it said is forgotten: it may hold a link that opens an account. Run twice, it does
    nothing the second time."""
    db.session.connection().execute(_SENT, {"id": mail_id, "now": now})


def take_back(key: str) -> bool:
    """Forgets a letter that has not left: what it says is true no more. False if it has."""
    gone = sa.delete(Mail).where(Mail.key == key, Mail.status == MailStatus.QUEUED)
    return bool(db.session.execute(gone.returning(Mail.id)).first())


def record_fault(mail_id: int, fault: str, *, now: datetime) -> None:
    """Puts the letter off, longer each time, and gives up after two days."""
    mail = queued_mail(mail_id)
    if mail is None:
        return
    wait = wait_after(mail.attempts)
    if wait is None:
        mail.give_up(fault=fault)
    else:
        mail.put_off(until=now + wait, fault=fault)


def record_refusal(mail_id: int, fault: str) -> None:
    """Nobody can be reached there: trying again would not help."""
    mail = queued_mail(mail_id)
    if mail is not None:
        mail.give_up(fault=fault)
