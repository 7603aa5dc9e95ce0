"""A call that goes the short way is answered, counted, logged and refused like all others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from structlog.testing import capture_logs

from tests.factories.events import make_event, make_tier
from tests.factories.tickets import make_ticket
from tests.fixtures.program import Program, program_of
from tests.people import Person
from tests.web.shop import said
from tixapp.api.limits import Untold
from tixapp.core.db import db
from tixapp.core.trail import origin
from tixapp.events.models import Event
from tixapp.tickets.keys import ticket_codes
from tixapp.tickets.models import Scan, Ticket, TicketStatus
from tixapp.web.counters import registry
from tixapp.web.limits import limiter
from tixapp.web.running import settings

PATH = "/tickets/validate"
AT_ONCE = "tixapp.api.resources.doors.admit_at_once"
COUNT = "tixapp_request_seconds_count"
LABELS = {"endpoint": "api.validate_ticket", "method": "POST", "status": "200"}

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def event(alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller)


@pytest.fixture
def ticket(event: Event, bob: Person) -> Ticket:
    return make_ticket(make_tier(event), bob.user)


@pytest.fixture
def door(app: Flask, dan: Person) -> Program:
    return program_of(app, dan.user, ["door"])


def scan(door: Program, event: Event, ticket: Ticket, **options: Any) -> Any:
    body = {"code": ticket_codes().code_for(ticket.public_id), "event_id": event.public_id}
    return door.send("POST", PATH, json=body, **options)


def scans() -> int:
    return db.session.query(Scan).count()


@pytest.fixture
def only_short(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The application itself is not there."""

    def gone(*_: object) -> None:
        raise AssertionError("this went the long way")

    monkeypatch.setattr(app, "full_dispatch_request", gone)


@pytest.mark.usefixtures("only_short")
def test_it_never_reaches_the_application(door: Program, event: Event, ticket: Ticket) -> None:
    answer = scan(door, event, ticket)
    assert (answer.status_code, said(answer)["result"]) == (200, "admitted")
    assert answer.headers["Content-Length"] == str(len(answer.data))


@pytest.mark.usefixtures("only_short")
def test_its_log_line_and_its_figures_are_those_of_any_request(
    door: Program, event: Event, ticket: Ticket
) -> None:
    before = registry.get_sample_value(COUNT, LABELS) or 0
    with capture_logs() as logs:
        answer = scan(door, event, ticket, headers={"X-Request-Id": "abcdef-123"})
    assert answer.headers["X-Request-Id"] == "abcdef-123"
    [line] = logs
    assert line.pop("ms") > 0
    assert line == {
        "event": "request",
        "log_level": "info",
        "method": "POST",
        "path": "/api/v1/tickets/validate",
        "status": 200,
    }
    assert registry.get_sample_value(COUNT, LABELS) == before + 1


@pytest.mark.usefixtures("only_short")
def test_an_odd_request_id_is_not_taken_over(door: Program, event: Event, ticket: Ticket) -> None:
    answer = scan(door, event, ticket, headers={"X-Request-Id": "a b"})
    assert len(answer.headers["X-Request-Id"]) == 32


def test_what_is_logged_on_the_way_carries_the_request_id(
    door: Program, event: Event, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def look(*_: object, **__: object) -> None:
        seen.append(origin().request_id)

    monkeypatch.setattr(AT_ONCE, look)
    scan(door, event, ticket, headers={"X-Request-Id": "abcdef-123"})
    assert seen == ["abcdef-123"]


@pytest.mark.parametrize(
    "unusual",
    [
        {"headers": {"Authorization": "bearer {key}"}},
        {"headers": {"Content-Type": "application/json; charset=utf-8"}},
        {"headers": {"Idempotency-Key": "once"}},
        {"query_string": {"a": "b"}},
    ],
    ids=["small letters", "a charset", "a key for the change", "a query"],
)
def test_what_is_unusual_is_answered_all_the_same(
    door: Program, event: Event, ticket: Ticket, unusual: dict[str, Any]
) -> None:
    headers = {k: v.format(key=door.key) for k, v in unusual.get("headers", {}).items()}
    answer = scan(door, event, ticket, **unusual | {"headers": headers})
    assert (answer.status_code, said(answer)["result"], scans()) == (200, "admitted", 1)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"code": 1}', b"\xff", b" " * 300_000], ids=len
)
def test_what_cannot_be_read_is_refused_the_long_way(door: Program, body: bytes) -> None:
    answer = door.send("POST", PATH, data=body, content_type="application/json")
    assert answer.status_code in {400, 413, 422}
    assert answer.content_type == "application/problem+json"


def test_a_database_that_hangs_up_is_said_as_on_the_long_way(
    door: Program, event: Event, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def hang_up(*_: object, **__: object) -> None:
        calls.append(1)
        raise sa.exc.OperationalError(None, None, Exception("a secret detail"))

    monkeypatch.setattr(AT_ONCE, hang_up)
    answer = scan(door, event, ticket)
    assert (answer.status_code, said(answer)["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert "secret" not in answer.text
    assert (calls, scans()) == ([1], 0)


def test_a_call_that_goes_both_ways_is_counted_once(
    app: Flask, door: Program, event: Event, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "untold_calls", untold := Untold())
    assert said(scan(door, event, ticket))["result"] == "admitted"
    assert said(scan(door, event, ticket))["result"] == "already_used"
    assert list(untold._calls.values()) == [2]


@pytest.mark.usefixtures("only_short")
def test_a_share_of_calls_is_told_on_the_way(
    app: Flask, door: Program, event: Event, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "settings", replace(settings(), api_calls_per_minute=200))
    monkeypatch.setitem(app.extensions, "untold_calls", Untold())
    told: list[int] = []
    really_hit = limiter.limiter.hit

    def hit(*args: Any, cost: int = 1) -> bool:
        told.append(cost)
        return really_hit(*args, cost=cost)

    monkeypatch.setattr(limiter.limiter, "hit", hit)
    floor = make_tier(event)
    answers = [scan(door, event, make_ticket(floor, bob.user)) for _ in range(5)]
    assert [said(answer)["result"] for answer in answers] == ["admitted"] * 5
    assert told == [2, 2]


def test_a_key_that_calls_too_often_admits_nobody(
    app: Flask, door: Program, event: Event, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "settings", replace(settings(), api_calls_per_minute=2))
    monkeypatch.setitem(app.extensions, "untold_calls", Untold())
    floor = make_tier(event)
    tickets = [make_ticket(floor, bob.user) for _ in range(3)]
    answers = [scan(door, event, ticket) for ticket in tickets]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 62
    db.session.refresh(tickets[2])
    assert (tickets[2].status, scans()) == (TicketStatus.VALID, 2)
