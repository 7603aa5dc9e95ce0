"""Sending mail by SMTP."""

import base64
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formataddr, formatdate, make_msgid, parseaddr
from typing import Protocol

from tixapp.core.db import refuse_inside_transaction
from tixapp.core.errors import Invalid, Unavailable

TIMEOUT_SECONDS = 15
FINAL = 500


class MailUnavailable(Unavailable):
    """The mail server did not take it now; it may be tried again."""


class MailRefused(Invalid):
    """The mail server will not take it for this recipient."""


@dataclass(frozen=True)
class Attachment:
    """A text file, or a picture (a PNG in base64) that the HTML shows as `cid:` and its name."""

    name: str
    mimetype: str
    text: str = ""
    picture: str = ""


@dataclass(frozen=True)
class Letter:
    """What is sent. `key` makes the Message-ID, so that a repeated sending is seen as the same."""

    key: str
    recipient: str
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()


class Mailer(Protocol):
    def send(self, letter: Letter) -> None:
        """Raises MailUnavailable or MailRefused."""


@dataclass(frozen=True)
class SmtpMailer:
    host: str
    port: int
    sender: str
    sender_name: str
    user: str = ""
    password: str = ""
    tls: bool = True

    def send(self, letter: Letter) -> None:
        refuse_inside_transaction()
        try:
            with self._connection() as smtp:
                smtp.send_message(self._message(letter))
        except smtplib.SMTPRecipientsRefused as fault:
            # 4xx is "not now" (greylisting, a full mailbox), 5xx is "never".
            final = all(code >= FINAL for code, _ in fault.recipients.values())
            kind = MailRefused if final else MailUnavailable
            raise kind(f"refused: {fault.recipients}") from fault
        except ValueError as fault:  # an address or a name that cannot stand in a header
            raise MailRefused(str(fault)) from fault
        except (smtplib.SMTPException, OSError) as fault:
            raise MailUnavailable(str(fault)) from fault

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        with smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS) as smtp:
            if self.tls:
                smtp.starttls()
            if self.user:
                smtp.login(self.user, self.password)
            yield smtp

    def _message(self, letter: Letter) -> EmailMessage:
        """EmailMessage refuses line breaks in headers: nobody adds a recipient by a name."""
        message = EmailMessage()
        message["From"] = formataddr(self._sender())
        message["To"] = letter.recipient
        message["Subject"] = letter.subject
        message["Date"] = formatdate()
        message["Message-ID"] = self._message_id(letter)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        for attachment in letter.attachments:
            if attachment.picture:
                _add_picture(message, attachment)
            else:
                kind = attachment.mimetype.removeprefix("text/")
                message.add_attachment(attachment.text, subtype=kind, filename=attachment.name)
        return message

    def _sender(self) -> tuple[str, str]:
        """`MAIL_FROM` may carry a name; otherwise the site's is used."""
        name, address = parseaddr(self.sender)
        return name or self.sender_name, address

    def _message_id(self, letter: Letter) -> str:
        domain = self._sender()[1].rpartition("@")[2] or "localhost"
        safe = "".join(c if c.isalnum() or c in "-_." else "-" for c in letter.key)
        return f"<{safe}@{domain}>" if letter.key else make_msgid(domain=domain)


def _add_picture(message: EmailMessage, picture: Attachment) -> None:
    """Beside the HTML that shows it: it is there without a network and without asking."""
    html = message.get_body(("html",))
    if html is not None:
        html.add_related(
            base64.b64decode(picture.picture),
            maintype="image",
            subtype="png",
            cid=f"<{picture.name}>",
            filename=picture.name,
        )
