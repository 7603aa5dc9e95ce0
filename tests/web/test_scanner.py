"""The door: who may scan, what the phone is told, and that no ticket admits twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from tests.factories.events import make_event, make_tier
from tests.factories.sellers import make_seller
from tests.factories.tickets import make_ticket
from tests.fixtures.browser import Browser
from tests.people import Person
from tixapp.config import Settings
from tixapp.core.db import db
from tixapp.events.models import Event, Tier
from tixapp.tickets.codes import TicketCodes
from tixapp.tickets.models import CheckIn, Scan, Ticket, TicketStatus

JSON = {"Accept": "application/json"}

Clock = Callable[[datetime | timedelta], datetime]


@pytest.fixture
def tonight(alice: Person, now: datetime) -> Event:
    assert alice.seller
    return make_event(alice.seller, "Night Trains", starts_at=now + timedelta(hours=7))


@pytest.fixture
def floor(tonight: Event) -> Tier:
    return make_tier(tonight, "Floor")


@pytest.fixture
def ticket(floor: Tier, bob: Person) -> Ticket:
    return make_ticket(floor, bob.user, holder_name="Bob B.")


@pytest.fixture
def code(settings: Settings) -> Callable[[Ticket], str]:
    return lambda ticket: TicketCodes(settings.ticket_signing_key).code_for(ticket.public_id)


def scan(browser: Browser, event: Event, code: object, **others: object) -> TestResponse:
    return browser.post(
        f"/scan/{event.public_id}/check-ins",
        json={"code": code, "gate": "North gate", **others},
        headers=JSON | {"X-CSRFToken": browser.csrf_token()},
    )


def standing_check_ins() -> int:
    return db.session.scalar(sa.select(sa.func.count(CheckIn.id))) or 0


def scans() -> int:
    return db.session.scalar(sa.select(sa.func.count(Scan.id))) or 0


# Who may stand at the door


def test_somebody_who_is_not_signed_in_is_sent_to_sign_in(
    client: Browser, tonight: Event, ticket: Ticket
) -> None:
    for path in (f"/scan/{tonight.public_id}", f"/scan/{tonight.public_id}/list"):
        answer = client.get(path)
        assert answer.status_code in (302, 303)
        assert answer.location.startswith("/sign-in")
    answer = scan(client, tonight, ticket.public_id, typed=True)
    assert answer.status_code in (302, 303, 401)
    assert scans() == 0


def test_door_staff_choose_among_the_events_they_work_for(dan: Person, tonight: Event) -> None:
    page = dan.browser.get("/scan").text
    assert "Night Trains" in page
    assert f'formaction="/scan/{tonight.public_id}"' in page


@pytest.mark.parametrize("who", ["alice", "dan"])
def test_the_owner_and_door_staff_may_scan(
    who: str, request: pytest.FixtureRequest, tonight: Event
) -> None:
    person: Person = request.getfixturevalue(who)
    assert person.browser.get(f"/scan/{tonight.public_id}").status_code == 200


def test_nobody_else_learns_of_the_door(
    bob: Person, carol: Person, tonight: Event, ticket: Ticket
) -> None:
    make_seller(carol.user, "Carol's Hall")
    for person in (bob, carol):
        assert "Night Trains" not in person.browser.get("/scan").text
        for path in (f"/scan/{tonight.public_id}", f"/scan/{tonight.public_id}/counts"):
            answer = person.browser.get(path, headers=JSON)
            assert answer.status_code == 404
            assert "Night Trains" not in answer.text
        assert scan(person.browser, tonight, ticket.public_id, typed=True).status_code == 404
    assert (scans(), db.session.get_one(Ticket, ticket.id).status) == (0, TicketStatus.VALID)


def test_somebody_without_an_event_is_told_whom_to_ask(bob: Person) -> None:
    assert "Ask the organiser" in bob.browser.get("/scan").text


# What a scan answers


def test_a_ticket_admits_once_and_then_says_when_and_where(
    dan: Person, tonight: Event, ticket: Ticket, code: Callable[[Ticket], str], at: Clock
) -> None:
    first = scan(dan.browser, tonight, code(ticket), scan_id="scan-number-1")
    assert first.status_code == 200
    assert first.json == {
        "result": "admitted",
        "tier": "Floor",
        "holder": "Bob B.",
        "gate": "North gate",
        "used_at": "2026-11-20T12:00:00+00:00",
        "checked_at": "2026-11-20T12:00:00+00:00",
    }
    at(timedelta(minutes=3))
    second = scan(dan.browser, tonight, code(ticket), gate="South gate", scan_id="scan-number-2")
    assert second.json == {
        "result": "already_used",
        "tier": "Floor",
        "holder": "Bob B.",
        "gate": "North gate",
        "used_at": "2026-11-20T12:00:00+00:00",
        "checked_at": "2026-11-20T12:03:00+00:00",
    }
    assert standing_check_ins() == 1


def test_the_same_scan_asked_again_gets_the_same_answer(
    dan: Person, tonight: Event, ticket: Ticket, code: Callable[[Ticket], str]
) -> None:
    for _ in range(3):
        answer = scan(dan.browser, tonight, code(ticket), scan_id="0123456789abcdef")
        assert answer.json
        assert answer.json["result"] == "admitted"
    assert (standing_check_ins(), scans()) == (1, 1)


@pytest.mark.parametrize(
    "status", [TicketStatus.REFUNDED, TicketStatus.CANCELLED, TicketStatus.TRANSFERRED]
)
def test_a_ticket_that_is_no_longer_valid_says_why(
    status: TicketStatus,
    dan: Person,
    tonight: Event,
    floor: Tier,
    bob: Person,
    code: Callable[[Ticket], str],
) -> None:
    void = make_ticket(floor, bob.user, status=status)
    answer = scan(dan.browser, tonight, code(void))
    assert answer.json
    assert answer.json["result"] == status.value
    assert standing_check_ins() == 0


def test_a_ticket_for_another_event_tells_nothing_about_its_holder(
    dan: Person, alice: Person, tonight: Event, ticket: Ticket, code: Callable[[Ticket], str]
) -> None:
    assert alice.seller
    other = make_event(alice.seller, "Another Night", starts_at=tonight.starts_at)
    answer = scan(dan.browser, other, code(ticket))
    assert answer.json == {"result": "wrong_event", "checked_at": "2026-11-20T12:00:00+00:00"}
    assert db.session.get_one(Ticket, ticket.id).status == TicketStatus.VALID


def test_no_odd_code_admits_or_breaks_anything(
    dan: Person, tonight: Event, ticket: Ticket, code: Callable[[Ticket], str]
) -> None:
    good = code(ticket)
    odd = [
        "",
        " ",
        "\x00",
        "'; DROP TABLE tickets; --",
        good[:-1],
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        good.lower(),
        good + "A",
        good.replace("T", "U", 1),
        "Ť" + good[1:],
        ticket.public_id,
        "T" + ticket.public_id,
        "\ud800",
        "A" * 300_000,
        "https://example.com/?" + good,
    ]
    for text in odd:
        answer = scan(dan.browser, tonight, text)
        assert answer.status_code == 200, text[:60]
        assert answer.json
        assert answer.json["result"] == "unknown", text[:60]
    assert standing_check_ins() == 0
    assert scan(dan.browser, tonight, good).json["result"] == "admitted"  # type: ignore[index]


def test_a_question_that_makes_no_sense_is_refused(dan: Person, tonight: Event) -> None:
    for body in ({"code": 5}, {"code": None}, {"code": ["A"]}, {}):
        answer = scan(dan.browser, tonight, **{"code": None, **body})
        assert answer.status_code == 422
        assert answer.json
        assert answer.json["faults"] == {"code": "must be text"}
    for scan_id in (7, "short", "x" * 65, "with space", "\x00" * 9):
        assert scan(dan.browser, tonight, "A", scan_id=scan_id).status_code == 422
    assert scans() == 0


def test_a_scan_without_the_page_s_token_is_refused(
    dan: Person, tonight: Event, ticket: Ticket, code: Callable[[Ticket], str]
) -> None:
    path = f"/scan/{tonight.public_id}/check-ins"
    for sent in ({"json": {"code": code(ticket)}}, {"data": {"code": ticket.public_id}}):
        assert dan.browser.post(path, headers=JSON, **sent).status_code == 400
    assert (scans(), standing_check_ins()) == (0, 0)


# Typing


def test_typed_numbers_may_be_spelled_as_people_spell_them(
    dan: Person, tonight: Event, floor: Tier, bob: Person
) -> None:
    for spell in (str, str.lower, lambda n: f" {n[:4]} {n[4:8]}-{n[8:]} "):
        fresh = make_ticket(floor, bob.user)
        answer = scan(dan.browser, tonight, spell(fresh.public_id), typed=True)
        assert answer.json
        assert answer.json["result"] == "admitted"


def test_a_typed_signed_code_admits_too(
    dan: Person, tonight: Event, ticket: Ticket, code: Callable[[Ticket], str]
) -> None:
    answer = scan(dan.browser, tonight, f" {code(ticket)}\n", typed=True)
    assert answer.json
    assert answer.json["result"] == "admitted"


def test_a_picture_of_the_bare_number_does_not_admit(
    dan: Person, tonight: Event, ticket: Ticket
) -> None:
    answer = scan(dan.browser, tonight, ticket.public_id)
    assert answer.json
    assert answer.json["result"] == "unknown"
    assert standing_check_ins() == 0


def test_without_scripts_the_form_answers_with_a_page(
    dan: Person, tonight: Event, ticket: Ticket, at: Clock
) -> None:
    path = f"/scan/{tonight.public_id}/check-ins"
    fields = {"code": ticket.public_id, "gate": "North gate"}
    page = dan.browser.submit(path, **fields, scan_id="first-of-two")
    assert page.status_code == 200
    assert 'data-result="admitted"' in page.text
    assert "Bob B." in page.text
    at(timedelta(minutes=14))
    page = dan.browser.submit(path, **fields, scan_id="second-of-two")
    assert 'data-result="already_used"' in page.text
    assert "Used at 13:00, North gate." in page.text
    assert standing_check_ins() == 1


# Gate and counts


def test_the_phone_remembers_its_gate(dan: Person, tonight: Event) -> None:
    assert 'value="Main door"' in dan.browser.get("/scan").text
    page = dan.browser.get(f"/scan/{tonight.public_id}?gate=++Tor%0A3+%C3%BC+")
    assert 'data-gate="Tor 3 ü"' in page.text
    assert 'value="Tor 3 ü"' in dan.browser.get("/scan").text
    assert 'data-gate="Tor 3 ü"' in dan.browser.get(f"/scan/{tonight.public_id}").text


def test_a_gate_is_one_short_line(dan: Person, tonight: Event, ticket: Ticket) -> None:
    for gate, kept in (("<b>\x00\u202e" + "g" * 90, "<b> " + "g" * 36), ("  ", "Main door")):
        scan(dan.browser, tonight, ticket.public_id, typed=True, gate=gate)
        latest = db.session.scalars(sa.select(Scan).order_by(Scan.id.desc())).first()
        assert latest
        assert latest.gate == kept


def test_the_page_counts_who_is_in(
    dan: Person, tonight: Event, floor: Tier, bob: Person, ticket: Ticket
) -> None:
    make_ticket(floor, bob.user)
    make_ticket(floor, bob.user, status=TicketStatus.REFUNDED)
    path = f"/scan/{tonight.public_id}/counts"
    before = dan.browser.get(path)
    assert before.json == {"admitted": 0, "expected": 2, "inside": 0}
    tag = before.headers["ETag"]
    assert dan.browser.get(path, headers={"If-None-Match": tag}).status_code == 304
    scan(dan.browser, tonight, ticket.public_id, typed=True)
    after = dan.browser.get(path, headers={"If-None-Match": tag})
    assert (after.status_code, after.json) == (200, {"admitted": 1, "expected": 2, "inside": 1})


# What the browser is allowed


def test_only_the_door_may_use_the_camera_and_webassembly(
    dan: Person, client: Browser, tonight: Event
) -> None:
    page = dan.browser.get(f"/scan/{tonight.public_id}")
    assert "camera=(self)" in page.headers["Permissions-Policy"]
    assert "'wasm-unsafe-eval'" in page.headers["Content-Security-Policy"]
    static = "/static/0123456789ab"
    with client.get("/scan/decoder.js") as worker:
        assert "'wasm-unsafe-eval'" in worker.headers["Content-Security-Policy"]
    with client.get(f"{static}/js/app.js") as other:
        assert "wasm" not in other.headers["Content-Security-Policy"]
    with client.get(f"{static}/vendor/zxing-wasm/zxing_reader.wasm") as wasm:
        assert wasm.mimetype == "application/wasm"


def test_a_scan_asks_the_database_little(
    dan: Person, tonight: Event, ticket: Ticket, code: Callable[[Ticket], str], queries: Callable
) -> None:
    browser, text = dan.browser, code(ticket)
    browser.get("/scan")
    with queries() as asked:
        scan(browser, tonight, text, scan_id="counted-scan")
    assert len(asked) <= 10, asked
