"""Without the database, without Redis, and what is left in the logs."""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import Context
from dataclasses import replace
from typing import Any

import psycopg
import pytest
import redis
import sqlalchemy as sa
from flask import Flask
from prometheus_client import generate_latest
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from tests.factories.accounts import PASSWORD
from tests.factories.orders import tickets_of
from tests.fixtures.app import new_browser
from tests.fixtures.browser import Browser
from tests.fixtures.program import Program
from tests.fixtures.till import Till
from tests.people import Person
from tixapp.app import create_app
from tixapp.config import Settings
from tixapp.core.db import db
from tixapp.core.lasting import Lasting
from tixapp.events.models import Event, Tier
from tixapp.orders.models import Order
from tixapp.tickets.views import ticket_codes
from tixapp.web.counters import registry
from tixapp.web.limits import limiter

# Case 59


class Outage:
    """An app of its own, whose database comes and goes."""

    def __init__(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        self.app, self.is_away = app, False
        self.client = app.test_client()
        with app.app_context():
            self.engine = db.engine
        self.really_connect = Lasting.connect
        monkeypatch.setattr(Lasting, "connect", self._connect)

    def _connect(self, *words: Any, **options: Any) -> Any:
        if self.is_away:
            raise psycopg.OperationalError("connection to server at 10.1.2.3, user tixapp, failed")
        return self.really_connect(*words, **options)

    def begins(self) -> None:
        self.is_away = True
        self.engine.dispose()

    def ends(self) -> None:
        self.is_away = False

    def asks(self, path: str, **others: Any) -> TestResponse:
        found: TestResponse = Context().run(self.client.open, path, **others)
        return found


@pytest.fixture
def outage(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outage]:
    served = create_app(settings, app.extensions["gateways"])
    outage = Outage(served, monkeypatch)
    yield outage
    outage.engine.dispose()


def test_without_the_database_pages_say_so_and_come_back_by_themselves(
    outage: Outage, till: Till
) -> None:
    assert outage.asks("/health").get_json() == {"status": "ok"}
    assert outage.asks("/").status_code == 200
    with outage.client.session_transaction() as session:
        session["_user_id"] = "a cookie of before"
    outage.begins()
    event = {"id": "evt_1", "object": "event", "type": "x", "created": 1, "data": {"object": {}}}
    body, signed = till.signed(event | {"account": "acct_1"})
    answers = {
        path: outage.asks(path)
        for path in ("/", "/search", "/e/x", "/orders", "/account", "/scan", "/api/v1/events")
    }
    answers["webhook"] = outage.asks(
        "/stripe/webhook/connect", method="POST", data=body, headers={"Stripe-Signature": signed}
    )
    answers["api"] = outage.asks("/api/v1/me/orders", headers={"Authorization": "Bearer tix_x"})
    answers["health"] = outage.asks("/health")
    for name, answer in answers.items():
        assert answer.status_code == 503, name
        for word in ("10.1.2.3", "psycopg", "OperationalError", "Traceback", "SELECT", "user tix"):
            assert word not in answer.text, name
        assert answer.headers["X-Content-Type-Options"] == "nosniff", name
        assert "Content-Security-Policy" in answer.headers, name
    assert answers["health"].get_json() == {"status": "unavailable"}
    assert answers["/"].headers["Retry-After"] == "5"
    outage.ends()
    assert outage.asks("/health").get_json() == {"status": "ok"}
    assert outage.asks("/").status_code == 200


def test_when_every_connection_is_in_use_one_may_try_again(
    app: Flask, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def waits() -> str:
        raise sa.exc.TimeoutError("QueuePool limit of size 16 overflow 4 reached")

    monkeypatch.setitem(app.view_functions, "orders.mine", waits)
    answer = bob.browser.get("/orders")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "QueuePool" not in answer.text


def test_while_it_is_restored_the_database_takes_no_writes_and_one_may_try_again(
    app: Flask, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def writes() -> str:
        db.session.execute(sa.text("SET TRANSACTION READ ONLY"))
        db.session.execute(sa.text("DELETE FROM users WHERE id = 0"))
        return ""

    monkeypatch.setitem(app.view_functions, "orders.mine", writes)
    answer = bob.browser.get("/orders")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "read-only" not in answer.text


def test_methods_that_a_client_makes_up_leave_nothing_in_the_metrics(client: Browser) -> None:
    for number in range(5):
        assert client.open("/sign-in", method=f"MADEUP{number}").status_code == 405
    text = generate_latest(registry).decode()
    assert "MADEUP" not in text
    assert 'method="OTHER"' in text


def test_health_tells_nothing_but_that(client: Browser, bob: Person) -> None:
    for browser in (client, bob.browser):
        answer = browser.get("/health?verbose=1", headers={"Accept": "text/html"})
        assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})
        assert {"Server", "X-Powered-By", "X-Version"} & set(answer.headers.keys()) == set()


def test_without_redis_people_sign_in_and_guesses_are_still_counted(
    app: Flask, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise redis.ConnectionError("refused")

    for name in ("hit", "test", "get_window_stats"):
        monkeypatch.setattr(limiter._limiter, name, away)
    monkeypatch.setattr(limiter._storage, "check", lambda: False)
    try:
        browser = new_browser(app)
        assert browser.submit("/sign-in", email=bob.email, password=PASSWORD).status_code == 303
        guesses = [
            new_browser(app).submit("/sign-in", email=bob.email, password="wrong").status_code
            for _ in range(15)
        ]
        assert guesses.count(429) == 5
    finally:
        limiter._storage_dead = False
        limiter.reset()


# Case 60


def test_a_whole_journey_leaves_no_secret_in_the_logs(
    app: Flask,
    till: Till,
    concert: Event,
    floor: Tier,
    dan: Person,
    work,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    browser, email = new_browser(app), "eve@example.com"
    with capture_logs() as logs:
        browser.submit("/sign-up", email=email, password="first pass 12345", name="Eve")
        browser.submit("/sign-in", email=email, password="a slip of mine 7")
        browser.submit("/forgotten", email=email)
        link = work().last_link(email)
        token = link.partition("token=")[2]
        browser.get(link)
        browser.submit("/reset", token=token, password="second pass 12345")
        with browser.session_transaction() as session:
            cookie = session["_user_id"]
        made = browser.submit("/account/keys", label="shop", scopes="read")
        key = "tix_" + made.text.split("tix_")[1][:43]
        Program(new_browser(app), key).get("/me/orders")
        held = browser.submit(f"/e/{concert.slug}/holds", **{f"tier-{floor.public_id}": "1"})
        paying = browser.submit(f"{held.location}/payment")
        assert paying.status_code == 303
        session_id = till.pay().id
        [order] = db.session.scalars(sa.select(Order)).all()
        browser.get(f"/orders/{order.public_id}/return?session_id={session_id}")
        [ticket] = tickets_of(order)
        browser.get(f"/tickets/{ticket.public_id}")
        code = ticket_codes().code_for(ticket.public_id)
        dan.browser.post(
            f"/scan/{concert.public_id}/check-ins",
            json={"code": code},
            headers={"X-CSRFToken": dan.browser.csrf_token()},
        )
        work()
    captured = capfd.readouterr()
    told = "\n".join([*map(str, logs), captured.out, captured.err, caplog.text])
    assert len([line for line in logs if line["event"] == "request"]) >= 12
    settings: Settings = app.extensions["settings"]
    secrets = {
        "password": "first pass", "slip": "a slip of mine", "new password": "second pass",
        "link": token, "cookie": cookie, "key": key, "code": code, "signature": code[-50:],
        "ticket number": ticket.public_id, "address": email, "form": browser.csrf_token(),
        "secret key": settings.secret_key, "stripe": settings.stripe_api_key,
        "webhook": settings.stripe_webhook_secret,
    }  # fmt: skip
    assert [name for name, secret in secrets.items() if secret in told] == []


def test_a_fault_in_the_database_is_logged_without_what_people_typed(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks() -> str:
        typed = {"typed": "a password that somebody typed"}
        db.session.execute(sa.text("SELECT 1 / (length(:typed) - length(:typed))"), typed)
        return ""

    monkeypatch.setitem(app.view_functions, "accounts.welcome", breaks)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    with capture_logs() as logs:
        answer = new_browser(app).get("/welcome")
    assert answer.status_code == 500
    assert "typed" not in answer.text
    [fault] = [line for line in logs if line["event"] == "unforeseen"]
    assert "division by zero" in str(fault["exc_info"])
    assert "somebody typed" not in str(fault["exc_info"])


def test_the_settings_do_not_show_their_secrets_by_accident(settings: Settings) -> None:
    told = repr(settings) + str(settings) + repr(replace(settings))
    for secret in (settings.secret_key, settings.stripe_api_key, settings.stripe_webhook_secret):
        assert secret not in told
    assert repr(settings.ticket_signing_key) not in told
