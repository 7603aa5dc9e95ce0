"""What goes with every answer, whatever it is: a strict policy for scripts and styles, no guessing
of types, no framing, and nothing personal in a shared cache."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask, request
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from tests.factories.events import make_event, make_tier
from tests.fixtures.app import new_browser
from tests.fixtures.browser import Browser
from tests.people import Person

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
MODULE = "static/000000000000/js/app.js"
Send = Callable[[Browser], TestResponse]

ANSWERS: dict[str, tuple[int, Send]] = {
    "a page": (200, lambda browser: browser.get("/")),
    "health": (200, lambda browser: browser.get("/health")),
    "a redirect": (303, lambda browser: browser.get("/tickets")),
    "a static file": (200, lambda browser: browser.get(f"/{MODULE}")),
    "the icon": (200, lambda browser: browser.get("/favicon.ico")),
    "an unknown page": (404, lambda browser: browser.get("/nowhere")),
    "an unknown file": (404, lambda browser: browser.get("/static/000000000000/none.js")),
    "an unknown call": (404, lambda browser: browser.get("/api/v1/nowhere")),
    "a wrong method": (405, lambda browser: browser.delete("/search")),
    "a form without its token": (400, lambda browser: browser.post("/sign-in")),
    "too much at once": (
        413,
        lambda browser: browser.post("/stripe/webhook", data=b"x" * 2_000_000),
    ),
    "a call without a key": (401, lambda browser: browser.get("/api/v1/me/orders")),
    "a fault of ours": (500, lambda browser: browser.get("/fault-of-a-test")),
    "a database that is away": (503, lambda browser: browser.get("/away-of-a-test")),
}


@pytest.fixture
def faulty(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pages fail: one in a way nobody foresaw, one for want of a database."""

    def unforeseen(**_: object) -> str:
        raise RuntimeError("a secret detail")

    def away(**_: object) -> str:
        raise OperationalError("SELECT a_secret_detail", {}, Exception("connection refused"))

    rules = {"/fault-of-a-test": unforeseen, "/away-of-a-test": away}
    before = app.dispatch_request

    def dispatch() -> object:
        return rules[request.path]() if request.path in rules else before()

    monkeypatch.setattr(app, "dispatch_request", dispatch)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)


def policy_of(response: TestResponse) -> dict[str, list[str]]:
    text = response.headers["Content-Security-Policy"]
    parts = [part.split() for part in text.split(";") if part.strip()]
    return {part[0]: part[1:] for part in parts}


@pytest.mark.usefixtures("faulty")
@pytest.mark.parametrize("what", ANSWERS)
def test_every_kind_of_answer_carries_the_headers(client: Browser, what: str) -> None:
    status, send = ANSWERS[what]
    with send(client) as response:
        assert response.status_code == status
        headers, policy = response.headers, policy_of(response)
    assert policy["default-src"] == ["'self'"]
    assert policy["script-src"] == ["'self'"]
    assert policy["style-src"] == ["'self'"]
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert "'self'" in policy["form-action"]
    assert not any("unsafe" in word or word == "*" for words in policy.values() for word in words)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert re.fullmatch(r"[A-Za-z0-9-]{8,64}", headers["X-Request-Id"])
    assert "Server" not in headers or "Python" not in headers["Server"]


@pytest.mark.usefixtures("faulty")
@pytest.mark.parametrize("what", ["a fault of ours", "a database that is away"])
def test_a_fault_tells_nothing_of_itself(client: Browser, what: str) -> None:
    response = ANSWERS[what][1](client)
    assert "secret" not in response.text
    assert "Traceback" not in response.text
    assert response.headers["X-Request-Id"] in response.text


@pytest.mark.parametrize("path", ["/", "/search", "/sell", "/health"])
def test_a_page_for_everyone_says_that_it_is_looked_at_again(client: Browser, path: str) -> None:
    response = client.get(path)
    assert "no-store" in response.headers["Cache-Control"] or (
        "max-age" not in response.headers["Cache-Control"]
        or "public" in response.headers["Cache-Control"]
    )


@pytest.mark.parametrize(
    "path", ["/tickets", "/orders", "/account", "/account/sessions", "/sell/account"]
)
def test_what_a_person_sees_stays_out_of_every_cache(bob: Person, path: str) -> None:
    response = bob.browser.get(path)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"


def test_an_event_page_of_a_signed_in_person_is_not_everybodys(
    now: datetime, alice: Person, bob: Person
) -> None:
    assert alice.seller
    event = make_event(alice.seller)
    make_tier(event)
    response = bob.browser.get(f"/e/{event.slug}")
    assert "bob@example.com" in response.text
    assert response.headers["Cache-Control"] == "no-store"


def test_static_files_are_kept_for_ever_under_their_hash(client: Browser) -> None:
    with client.get(f"/{MODULE}") as response:
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in response.headers


def test_a_request_id_is_taken_over_only_when_it_is_one(client: Browser) -> None:
    ours = client.get("/health", headers={"X-Request-Id": "abcdef-123"})
    assert ours.headers["X-Request-Id"] == "abcdef-123"
    odd = client.get("/health", headers={"X-Request-Id": "a b <script>"})
    assert re.fullmatch(r"[0-9a-f]{32}", odd.headers["X-Request-Id"])


def test_the_session_cookie_is_for_this_site_and_no_script(app: Flask, bob: Person) -> None:
    browser = new_browser(app)
    response = browser.get("/sign-in")
    cookies = [c for c in response.headers.getlist("Set-Cookie") if c.startswith("tixapp=")]
    assert len(cookies) == 1
    assert "HttpOnly" in cookies[0]
    assert "SameSite=Lax" in cookies[0]


FORBIDDEN = {
    "a script of its own": re.compile(
        r'<script(?![^>]*\b(src=|type="application/(ld\+)?json"))', re.IGNORECASE
    ),
    "a style of its own": re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE),
    "a handler of its own": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "an address that is a script": re.compile(r"javascript:", re.IGNORECASE),
}


def pages() -> list[Path]:
    letters = {"mail", "mail.html"}
    return [
        path
        for path in sorted(TEMPLATES.rglob("*.html"))
        if not letters & set(path.relative_to(TEMPLATES).parts)
    ]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_page_has_in_it(what: str) -> None:
    assert len(pages()) > 20
    found = [path.name for path in pages() if FORBIDDEN[what].search(path.read_text("utf-8"))]
    assert found == [], f"{what} in {found}"
