"""Sending: a short transaction to claim a letter, the mail server, another to note the outcome.

If we die in between, the letter goes out once more when its lease is over, under the same
Message-ID, so that mail programs show it once.
"""

from dataclasses import dataclass

import structlog

from tixapp.core.clock import Clock
from tixapp.core.db import transaction
from tixapp.gateways.mail import Attachment, Letter, Mailer, MailRefused, MailUnavailable

from .actions import claim_mail, record_fault, record_refusal, record_sent
from .models import Mail

log = structlog.get_logger()


@dataclass(frozen=True)
class Post:
    """Sends what is due by one mail server."""

    mailer: Mailer
    clock: Clock

    def send_all_due(self) -> int:
        """How many went out. Stops when the server is away: the rest would fare no better."""
        sent = 0
        while (letter := self._claim()) is not None:
            mail_id, content = letter
            try:
                self.mailer.send(content)
            except MailRefused as fault:
                self._note_refusal(mail_id, str(fault))
            except MailUnavailable as fault:
                self._note_fault(mail_id, str(fault))
                break
            else:
                with transaction():
                    record_sent(mail_id, now=self.clock.now())
                sent += 1
        return sent

    def _claim(self) -> tuple[int, Letter] | None:
        with transaction():
            mail = claim_mail(now=self.clock.now())
            return None if mail is None else (mail.id, _letter(mail))

    def _note_refusal(self, mail_id: int, fault: str) -> None:
        log.warning("mail_refused", mail=mail_id)
        with transaction():
            record_refusal(mail_id, fault)

    def _note_fault(self, mail_id: int, fault: str) -> None:
        log.warning("mail_put_off", mail=mail_id, fault=fault)
        with transaction():
            record_fault(mail_id, fault, now=self.clock.now())


def _letter(mail: Mail) -> Letter:
    return Letter(
        key=mail.key,
        recipient=mail.recipient,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        attachments=tuple(Attachment(**one) for one in mail.attachments),
    )
