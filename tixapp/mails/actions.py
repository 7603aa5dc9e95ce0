"""Writing letters, and the steps of sending one."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert

from tixapp.core.db import db
from tixapp.core.facts import record

from .facts import MailWritten
from .models import Mail, MailStatus
from .queries import next_due_mail, queued_mail
from .rules import LEASE, wait_after


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
    written = db.session.scalar(
        insert(Mail)
        .values(
            key=key,
            recipient=recipient,
            subject=words.subject,
            text=words.text,
            html=words.html,
            attachments=[asdict(one) for one in enclosures],
            status=MailStatus.QUEUED,
            written_at=now,
            due_at=now,
        )
        .on_conflict_do_nothing(index_elements=[Mail.key])
        .returning(Mail.id)
    )
    if written is None:
        return False
    record(MailWritten())
    return True


def claim_mail(*, now: datetime) -> Mail | None:
    """The next due letter, ours for the time of a lease. None when there is nothing to send."""
    mail = next_due_mail(now=now)
    if mail is not None:
        mail.claim(until=now + LEASE)
    return mail


def record_sent(mail_id: int, *, now: datetime) -> None:
    """Run twice, it does nothing the second time."""
    mail = queued_mail(mail_id)
    if mail is not None:
        mail.mark_sent(now=now)


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
