"""Sending: a short transaction to claim some letters, the mail server, another to note the outcome.

If we die in between, the letter goes out once more when its lease is over, under the same
Message-ID, so that mail programs show it once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import structlog

from tixapp.core.clock import Clock
from tixapp.core.db import transaction
from tixapp.gateways.mail import (
    Attachment,
    Letter,
    Mailer,
    MailPutOff,
    MailRefused,
    MailUnavailable,
)

from .actions import (
    Claimed,
    claim_mails,
    hand_back,
    record_fault,
    record_refusal,
    record_sent,
)
from .rules import LONGEST_BEFORE_THE_LAST

log = structlog.get_logger()


@dataclass(frozen=True)
class Post:
    """Sends what is due by one mail server."""

    mailer: Mailer
    clock: Clock

    def send_all_due(self) -> int:
        """How many went out. Stops when the server is away: the rest would fare no better."""
        sent = 0
        try:
            while claimed := self._claim():
                for went_out in self._send_each(claimed):
                    sent += went_out
        except MailUnavailable:
            return sent
        return sent

    def _send_each(self, claimed: Sequence[Claimed]) -> Iterator[bool]:
        """Whether each went out. What cannot be begun well within the lease is handed back: a slow
        server must not have it from two hands."""
        last_begin = self.clock.now() + LONGEST_BEFORE_THE_LAST
        for place, mail in enumerate(claimed):
            if self.clock.now() > last_begin:
                self._hand_back(claimed[place:])
                return
            try:
                yield self._send(mail)
            except MailUnavailable:
                self._hand_back(claimed[place + 1 :])
                raise

    def _send(self, mail: Claimed) -> bool:
        """False where it did not go out and others may. Raises MailUnavailable."""
        try:
            self.mailer.send(_letter(mail))
        except MailRefused as fault:
            log.warning("mail_refused", mail=mail.id)
            with transaction():
                record_refusal(mail.id, str(fault))
            return False
        except MailPutOff as fault:
            self._put_off(mail, str(fault))
            return False
        except MailUnavailable as fault:
            self._put_off(mail, str(fault))
            raise
        with transaction():
            record_sent(mail.id, now=self.clock.now())
        return True

    def _claim(self) -> list[Claimed]:
        with transaction():
            return claim_mails(now=self.clock.now())

    def _put_off(self, mail: Claimed, fault: str) -> None:
        log.warning("mail_put_off", mail=mail.id, fault=fault)
        with transaction():
            record_fault(mail.id, fault, now=self.clock.now())

    def _hand_back(self, mails: Sequence[Claimed]) -> None:
        if mails:
            with transaction():
                hand_back([one.id for one in mails], now=self.clock.now())


def _letter(mail: Claimed) -> Letter:
    return Letter(
        key=mail.key,
        recipient=mail.recipient,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        attachments=tuple(Attachment(**one) for one in mail.attachments),
    )
