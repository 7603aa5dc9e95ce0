"""The same lines from many phones in one moment, and lines against a scan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.doors import Phone, make_gate, make_keys, make_phone
from tests.factories.events import make_event, make_tier
from tests.factories.tickets import make_ticket
from tests.people import Person
from tests.races.threads import at_once, errors, unlocked
from tixapp.core.db import db, transaction
from tixapp.door.actions.log import Sending, take_lines
from tixapp.door.models import Conflict
from tixapp.events.models import Event
from tixapp.tickets.actions import Door, check_in_by_id
from tixapp.tickets.models import CheckIn, Scan

PHONES = 64
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def event(app: Flask, now: datetime, alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller)


@pytest.fixture
def names(event: Event, bob: Person) -> list[str]:
    tier = make_tier(event)
    return [make_ticket(tier, bob.user).public_id for _ in range(6)]


@pytest.fixture
def phones(event: Event, alice: Person, now: datetime) -> list[Phone]:
    gates = [make_gate(event, f"Gate {number}", number) for number in range(1, 9)]
    return [make_phone(event, gate, alice.user, at=now - MINUTE) for gate in gates]


def taking(event: Event, lines: list[str], at: datetime) -> Callable[[], list[list[str]]]:
    def take() -> list[list[str]]:
        with transaction():
            sending = Sending(lines, None, int(at.timestamp() * 1000), at)
            here = db.session.get_one(Event, event.id)
            return [taken.answer() for taken in take_lines(here, sending, make_keys())]

    return take


def count(query: sa.Select[tuple[int]]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0


def outcome() -> tuple[int, int, int]:
    """Scans, standing check-ins, conflicts."""
    return (
        count(sa.select(Scan.id)),
        count(sa.select(CheckIn.id).where(CheckIn.undone_at.is_(None))),
        count(sa.select(Conflict.id).where(Conflict.gone_at.is_(None))),
    )


def test_eight_relays_of_the_same_lines_in_one_moment(
    app: Flask, event: Event, names: list[str], phones: list[Phone], now: datetime
) -> None:
    lines = [phone.note(name, now) for phone in phones for name in names]
    works = [taking(event, lines[n:] + lines[:n], now + MINUTE) for n in range(0, 48, 6)]
    answers = at_once(app, works)
    assert errors(answers) == []
    states = [answer[1] for each in answers if isinstance(each, list) for answer in each]
    assert (states.count("new"), states.count("known")) == (48, 48 * 7)
    assert outcome() == (48, 6, 42)


def test_lines_of_seven_phones_against_a_scan_at_the_eighth(
    app: Flask, event: Event, names: list[str], phones: list[Phone], now: datetime
) -> None:
    name, at = names[0], now + MINUTE
    lines = [phone.note(name, now + timedelta(seconds=n)) for n, phone in enumerate(phones[:7])]
    door = Door(event.id, None, "Gate 8", phones[7].device.id, 8)

    def scan() -> list[list[str]]:
        with transaction():
            found = check_in_by_id(name, door=door, scan_id="ONLINE-8", scanned_at=at, now=at)
        return [["", found.result.value]]

    answers = at_once(app, [scan, *(taking(event, [line], at) for line in lines)])
    assert errors(answers) == []
    admitted_online = answers[0] == [["", "admitted"]]
    assert outcome() == (8, 1, 6 + admitted_online)
    assert db.session.scalar(sa.select(CheckIn.at).where(CheckIn.undone_at.is_(None))) == now


def test_sixty_four_phones_bring_one_ticket_in_one_moment_and_one_admission_stands(
    app: Flask, event: Event, names: list[str], alice: Person, now: datetime
) -> None:
    """Alone for an hour, each let the same ticket in; then the network is back for all at once."""
    gates = [make_gate(event, f"Gate {number}", number) for number in range(1, PHONES + 1)]
    lines = [
        make_phone(event, gate, alice.user, at=now - MINUTE).note(names[0], now + n * SECOND)
        for n, gate in enumerate(gates)
    ]
    Random(6).shuffle(lines)  # noqa: S311 - the same disorder each time
    answers = at_once(app, [taking(event, [line], now + 2 * MINUTE) for line in lines])
    assert errors(answers) == []
    assert [answer[0][1] for answer in answers if isinstance(answer, list)] == ["new"] * PHONES
    assert outcome() == (PHONES, 1, PHONES - 1)
    stands = db.session.scalars(sa.select(CheckIn).where(CheckIn.undone_at.is_(None))).one()
    assert (stands.at, stands.gate) == (now, "Gate 1")
    conflicts = db.session.scalars(sa.select(Conflict).where(Conflict.gone_at.is_(None))).all()
    assert {conflict.against for conflict in conflicts} == {stands.scan_row}
    assert len({conflict.scan_row for conflict in conflicts} | {stands.scan_row}) == PHONES


def test_without_the_lock_the_database_itself_refuses_a_second_admission(
    app: Flask,
    event: Event,
    names: list[str],
    phones: list[Phone],
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tixapp.door.actions.log.take.locked", unlocked)
    lines = [phone.note(names[0], now + timedelta(seconds=n)) for n, phone in enumerate(phones)]
    refused = []
    for _ in range(10):
        refused += errors(at_once(app, [taking(event, [line], now + MINUTE) for line in lines]))
        assert outcome()[1] <= 1
        if refused:
            break
        with db.engine.begin() as connection:
            connection.execute(sa.text("TRUNCATE conflicts, check_ins, scans CASCADE"))
            connection.execute(sa.text("UPDATE tickets SET status = 'valid', entries = 0"))
    assert "IntegrityError" in refused
