"""Sending mail by SMTP."""

import base64
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formataddr, formatdate, make_msgid, parseaddr
from secrets import token_hex
from typing import Protocol

from tixapp.core.db import refuse_inside_transaction
from tixapp.core.errors import Invalid, Unavailable

TIMEOUT_SECONDS = 15
FINAL = 500
# What is enclosed under this type is no file: its text is the link that ends such letters.
UNSUBSCRIBE = "text/x-list-unsubscribe"
BASE64 = "Content-Transfer-Encoding: base64"


class MailUnavailable(Unavailable):
    """The mail server did not take it now; it may be tried again."""


class MailPutOff(MailUnavailable):
    """The mail server did not take this one now; others may fare better."""


class MailRefused(Invalid):
    """The mail server will not take it for this recipient."""


@dataclass(frozen=True)
class Attachment:
    """A text file, or a picture (a PNG in base64) that the HTML shows as `cid:` and its name."""

    name: str
    mimetype: str
    text: str = ""
    picture: str = ""

    @property
    def is_link(self) -> bool:
        """No file, but the link that ends such letters."""
        return self.mimetype == UNSUBSCRIBE


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
            kind = MailRefused if final else MailPutOff
            raise kind(f"refused: {fault.recipients}") from fault
        except smtplib.SMTPDataError as fault:  # what it says, or how much of it
            raise MailPutOff(str(fault)) from fault
        except ValueError as fault:  # an address or a name that cannot stand in a header
            raise MailRefused(str(fault)) from fault
        except (smtplib.SMTPException, OSError) as fault:
            raise MailUnavailable(str(fault)) from fault

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        smtp = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS)
        try:
            if self.tls:
                smtp.starttls()
            if self.user:
                smtp.login(self.user, self.password)
            yield smtp
        finally:
            # A letter that was taken is taken, however the server says goodbye.
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            smtp.close()

    def _message(self, letter: Letter) -> EmailMessage:
        """EmailMessage refuses line breaks in headers: nobody adds a recipient by a name."""
        message = EmailMessage()
        message["From"] = formataddr(self._sender())
        message["To"] = letter.recipient
        message["Subject"] = letter.subject
        message["Date"] = formatdate()
        message["Message-ID"] = self._message_id(letter)
        message["Auto-Submitted"] = "auto-generated"
        for link in (one.text for one in letter.attachments if one.is_link):
            # The mail program's own button. Sources: RFC 2369 and RFC 8058.
            message["List-Unsubscribe"] = f"<{link}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        content = _content(letter)
        message["MIME-Version"] = "1.0"
        message["Content-Type"] = content.kind
        message.set_payload(content.body)
        return message

    def _sender(self) -> tuple[str, str]:
        """`MAIL_FROM` may carry a name; otherwise the site's is used."""
        name, address = parseaddr(self.sender)
        return name or self.sender_name, address

    def _message_id(self, letter: Letter) -> str:
        domain = self._sender()[1].rpartition("@")[2] or "localhost"
        safe = "".join(c if c.isalnum() or c in "-_." else "-" for c in letter.key)
        return f"<{safe}@{domain}>" if letter.key else make_msgid(domain=domain)


@dataclass(frozen=True)
class _Part:
    """A MIME part by hand: EmailMessage takes ten times as long, for it reads each header again
    that it has just written. `headers` hold nothing that a person typed."""

    kind: str
    body: str
    headers: tuple[str, ...] = ()

    def lines(self) -> str:
        return "\r\n".join((f"Content-Type: {self.kind}", *self.headers, "", self.body))


def _content(letter: Letter) -> _Part:
    """Both spellings of the letter, the pictures beside the HTML that shows them: they are there
    without a network and without asking. Then the files."""
    pictures = [_picture(one) for one in letter.attachments if one.picture]
    files = [_file(one) for one in letter.attachments if not (one.picture or one.is_link)]
    html = _text("text/html", letter.html)
    shown = _parts("related", html, *pictures) if pictures else html
    words = _parts("alternative", _text("text/plain", letter.text), shown)
    return _parts("mixed", words, *files) if files else words


def _parts(kind: str, *parts: _Part) -> _Part:
    between = token_hex(16)
    body = "".join(f"--{between}\r\n{part.lines()}\r\n" for part in parts)
    return _Part(f'multipart/{kind}; boundary="{between}"', f"{body}--{between}--\r\n")


def _text(kind: str, text: str) -> _Part:
    return _Part(f"{kind}; charset=utf-8", _base64(text.encode()), (BASE64,))


def _picture(picture: Attachment) -> _Part:
    named = f'Content-Disposition: inline; filename="{picture.name}"'
    body = _base64(base64.b64decode(picture.picture))
    return _Part("image/png", body, (BASE64, f"Content-ID: <{picture.name}>", named))


def _file(file: Attachment) -> _Part:
    named = f'Content-Disposition: attachment; filename="{file.name}"'
    return _Part(f"{file.mimetype}; charset=utf-8", _base64(file.text.encode()), (BASE64, named))


def _base64(content: bytes) -> str:
    return base64.encodebytes(content).decode().replace("\n", "\r\n")
