"""The page to read caught mails with, and the same as JSON for tests. Works without JavaScript."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from jinja2 import Environment, FileSystemLoader

from sandbox.mail import letter
from sandbox.mail.letter import Letter
from sandbox.mail.store import Store

_HERE = Path(__file__).parent
_TEMPLATES = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=True)
_PAGE_POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'"
_MAIL_POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)


@dataclass(frozen=True)
class Answer:
    body: bytes
    type: str = "text/html; charset=utf-8"
    status: HTTPStatus = HTTPStatus.OK
    policy: str = _PAGE_POLICY
    extra: tuple[tuple[str, str], ...] = ()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Without the question to DNS for our own name, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", int(self.server_address[1])


def server(store: Store, host: str, port: int) -> ThreadingHTTPServer:
    return _Server((host, port), partial(_Handler, store))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, store: Store, *args: Any) -> None:
        self.store = store
        super().__init__(*args)

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        to = (parse_qs(address.query).get("to") or [""])[0].strip() or None
        parts = [part for part in address.path.split("/") if part]
        self._send(self._answer(parts, to))

    do_HEAD = do_GET  # noqa: N815 - the name http.server looks for

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        from_elsewhere = self.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin"
        if self.path != "/empty" or from_elsewhere:
            self._send(_not_found())
            return
        self.store.empty()
        self._send(Answer(b"", status=HTTPStatus.SEE_OTHER, extra=(("Location", "/"),)))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Reading mails is not worth a line in the log."""

    def _answer(self, parts: list[str], to: str | None) -> Answer:
        match parts:
            case []:
                return _page("list.html", letters=self._letters(to), to=to)
            case ["messages.json"]:
                return _json([one.as_json() for one in self._letters(to)])
            case ["style.css"]:
                return Answer((_HERE / "templates" / "style.css").read_bytes(), "text/css")
            case ["health"]:
                return Answer(b"ok\n", "text/plain")
            case ["messages", number, *rest]:
                return self._about_one(number, rest)
        return _not_found()

    def _about_one(self, number: str, rest: list[str]) -> Answer:
        envelope = self.store.envelope(int(number)) if number.isdecimal() else None
        if envelope is None:
            return _not_found()
        content = self.store.content(envelope.id)
        if rest == ["raw"]:
            return Answer(content, "text/plain; charset=utf-8")
        return _view(letter.read(envelope, content), rest)

    def _letters(self, to: str | None) -> list[Letter]:
        return [letter.read(one, self.store.content(one.id)) for one in self.store.envelopes(to=to)]

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Content-Security-Policy", answer.policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        for name, value in answer.extra:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)


def _page(template: str, *, status: HTTPStatus = HTTPStatus.OK, **values: Any) -> Answer:
    return Answer(_TEMPLATES.get_template(template).render(values).encode(), status=status)


def _not_found() -> Answer:
    return _page("not_found.html", status=HTTPStatus.NOT_FOUND)


def _json(value: object) -> Answer:
    return Answer(json.dumps(value, ensure_ascii=False).encode(), "application/json")


def _view(found: Letter, rest: list[str]) -> Answer:
    match rest:
        case []:
            return _page("mail.html", letter=found)
        case ["json"]:
            return _json(found.as_json())
        case ["html"]:
            return _html_of(found)
        case ["parts", part]:
            return _part(found, part)
    return _not_found()


def _html_of(found: Letter) -> Answer:
    """Links open in a new tab: the mail itself stands in a frame without any rights."""
    html = '<base target="_blank">' + found.html_with_pictures()
    return Answer(html.encode(), policy=_MAIL_POLICY)


def _part(found: Letter, part: str) -> Answer:
    for one in found.attachments:
        if str(one.part) == part:
            name = f"attachment; filename*=UTF-8''{quote(one.name)}"
            picture = one.type.startswith("image/") and one.type != "image/svg+xml"
            extra = () if picture else (("Content-Disposition", name),)
            return Answer(one.content, one.type, policy=_MAIL_POLICY, extra=extra)
    return _not_found()


def _clock(received_at: str) -> str:
    return datetime.fromisoformat(received_at).astimezone().strftime("%d %b, %H:%M:%S")


def _bytes(size: int) -> str:
    return f"{size} bytes" if size < 1000 else f"{size / 1000:.1f} kB"


_TEMPLATES.filters |= {"clock": _clock, "bytes": _bytes}
