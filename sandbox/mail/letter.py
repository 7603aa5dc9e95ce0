"""What a person wants to see of a mail: subject, text, HTML, attachments, headers."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from sandbox.mail.store import Envelope


@dataclass(frozen=True)
class Attachment:
    part: int
    name: str
    type: str
    size: int
    content_id: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Letter:
    envelope: Envelope
    subject: str
    sender: str
    text: str
    html: str
    attachments: list[Attachment]
    headers: list[tuple[str, str]]

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.envelope.id,
            "from": self.sender,
            "to": list(self.envelope.recipients),
            "subject": self.subject,
            "received_at": self.envelope.received_at,
            "text": self.text,
            "html": self.html,
            "attachments": [
                {
                    "name": one.name,
                    "type": one.type,
                    "size": one.size,
                    "url": f"/messages/{self.envelope.id}/parts/{one.part}",
                }
                for one in self.attachments
            ],
            "headers": [list(pair) for pair in self.headers],
        }

    def html_with_pictures(self) -> str:
        """`cid:` addresses become addresses of this server."""
        parts = {one.content_id: one.part for one in self.attachments if one.content_id}

        def address(match: re.Match[str]) -> str:
            part = parts.get(match[1])
            return match[0] if part is None else f"/messages/{self.envelope.id}/parts/{part}"

        return re.sub(r"cid:([^\s\"'>)]+)", address, self.html)


def read(envelope: Envelope, content: bytes) -> Letter:
    message = email.message_from_bytes(content, policy=email.policy.default)
    return Letter(
        envelope=envelope,
        subject=str(message.get("Subject", "(no subject)")),
        sender=str(message.get("From", envelope.sender)),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        attachments=_attachments(message),
        headers=[(name, str(value)) for name, value in message.items()],
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    payload = None if part is None else part.get_payload(decode=True)
    if part is None or not isinstance(payload, bytes):
        return ""
    try:
        text = payload.decode(part.get_content_charset("utf-8"), errors="replace")
    except LookupError:  # a charset nobody knows
        text = payload.decode("latin-1")
    return text.replace("\r\n", "\n")


def _attachments(message: EmailMessage) -> list[Attachment]:
    bodies = {id(message.get_body(preferencelist=(kind,))) for kind in ("plain", "html")}
    found = []
    for number, part in enumerate(message.walk()):
        if part.is_multipart() or id(part) in bodies:
            continue
        payload = part.get_payload(decode=True)
        content = payload if isinstance(payload, bytes) else b""
        name = part.get_filename() or f"part-{number}"
        content_id = str(part.get("Content-ID", "")).strip("<> ")
        kind = part.get_content_type()
        found.append(Attachment(number, name, kind, len(content), content_id, content))
    return found
