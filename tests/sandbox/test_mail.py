"""The mail catcher: what goes in over SMTP comes out on the page and as JSON."""

from __future__ import annotations

import json
import smtplib
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from sandbox.ports import free_port
from tests.engines import ROOT

pytestmark = pytest.mark.slow


@dataclass
class Catcher:
    folder: Path
    smtp: int
    page: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        ports = ["--smtp-port", str(self.smtp), "--page-port", str(self.page)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.mail", *ports, "--folder", self.folder], cwd=ROOT
        )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                with smtplib.SMTP("127.0.0.1", self.smtp):
                    return
            except OSError:
                time.sleep(0.05)
        pytest.fail("the mail catcher did not start")

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        assert self.process.wait(10) == 0

    def get(self, path: str) -> tuple[int, str, Any]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.page}{path}") as answer:
                return answer.status, answer.read().decode(), answer.headers
        except HTTPError as answer:
            with answer:
                return answer.code, answer.read().decode(), answer.headers

    def messages(self, to: str = "") -> Any:
        return json.loads(self.get(f"/messages.json?to={to}")[1])


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[Catcher]:
    catcher = Catcher(tmp_path / "mail", free_port(), free_port())
    catcher.start()
    yield catcher
    catcher.stop()


def ticket_mail(to: str = "bob@example.com") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "tixapp <hello@tixapp.test>"
    message["To"] = to
    message["Subject"] = "Your tickets for Café Jazz"
    message.set_content("Show this at the door.\n")
    message.add_alternative(
        "<p>Show <b>this</b></p><img src='cid:qr'><script>alert(1)</script>", subtype="html"
    )
    message.get_payload()[1].add_related(b"\x89PNG", "image", "png", cid="<qr>")
    message.add_attachment(b"BEGIN:VCALENDAR", "text", "calendar", filename="event.ics")
    return message


def send(catcher: Catcher, message: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", catcher.smtp) as line:
        line.send_message(message)


def test_a_mail_is_found_by_who_it_was_sent_to(catcher: Catcher) -> None:
    send(catcher, ticket_mail("bob@example.com"))
    send(catcher, ticket_mail("carol@example.com"))
    [mail] = catcher.messages(to="Bob@Example.com")
    assert mail["to"] == ["bob@example.com"]
    assert mail["subject"] == "Your tickets for Café Jazz"
    assert mail["text"] == "Show this at the door.\n"
    assert "<b>this</b>" in mail["html"]
    assert [one["name"] for one in mail["attachments"]] == ["part-5", "event.ics"]
    assert len(catcher.messages()) == 2


def test_the_page_lists_the_newest_first_and_shows_one(catcher: Catcher) -> None:
    send(catcher, ticket_mail("bob@example.com"))
    send(catcher, ticket_mail("carol@example.com"))
    page = catcher.get("/")[1]
    assert page.index("carol@example.com</span>") < page.index("bob@example.com</span>")
    status, page, _ = catcher.get("/messages/1")
    assert status == 200
    assert "Your tickets for Café Jazz" in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "<script>" not in page


def test_the_html_of_a_mail_has_no_rights_and_sees_its_pictures(catcher: Catcher) -> None:
    send(catcher, ticket_mail())
    _, html, headers = catcher.get("/messages/1/html")
    assert "/messages/1/parts/5" in html
    assert "script-src" not in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "sandbox allow-popups" in headers["Content-Security-Policy"]
    assert catcher.get("/messages/1/parts/6")[1] == "BEGIN:VCALENDAR"


def test_mails_are_there_after_a_restart(catcher: Catcher) -> None:
    send(catcher, ticket_mail())
    catcher.stop()
    catcher.start()
    assert [one["id"] for one in catcher.messages()] == [1]
    send(catcher, ticket_mail())
    assert [one["id"] for one in catcher.messages()] == [2, 1]


def test_what_is_not_there_is_a_page_that_says_so(catcher: Catcher) -> None:
    for path in ("/messages/7", "/messages/x/html", "/nothing"):
        status, page, _ = catcher.get(path)
        assert status == 404
        assert "There is no such mail" in page
    assert "No mail yet" in catcher.get("/")[1]
