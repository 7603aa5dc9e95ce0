"""Which tickets a phone is told to keep, so that they open without a network."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.factories.events import make_event, make_tier
from tests.factories.tickets import make_ticket
from tests.people import Person
from tixapp.events.models import Tier
from tixapp.tickets.models import Ticket, TicketStatus

Move = Callable[[datetime | timedelta], datetime]


@pytest.fixture
def floor(alice: Person, now: datetime) -> Tier:
    assert alice.seller
    return make_tier(make_event(alice.seller))


def kept(bob: Person, ticket: Ticket) -> list[str]:
    page = bob.browser.get(f"/tickets/{ticket.public_id}")
    assert page.status_code == 200
    found = re.search(r'data-keep="([^"]*)"', page.text)
    return [path.removeprefix("/tickets/") for path in found[1].split()] if found else []


def test_a_ticket_and_those_bought_with_it(bob: Person, floor: Tier) -> None:
    tickets = [make_ticket(floor, bob.user) for _ in range(3)]
    assert kept(bob, tickets[1]) == [ticket.public_id for ticket in tickets]


def test_of_many_the_ten_around_the_one_looked_at(bob: Person, floor: Tier) -> None:
    names = [make_ticket(floor, bob.user) for _ in range(14)]
    found = kept(bob, names[8])
    assert found == [ticket.public_id for ticket in names[3:13]]


@pytest.mark.parametrize("status", [TicketStatus.REFUNDED, TicketStatus.CANCELLED])
def test_none_that_admits_nobody(bob: Person, floor: Tier, status: TicketStatus) -> None:
    assert kept(bob, make_ticket(floor, bob.user, status=status)) == []


def test_none_of_an_event_that_is_over(bob: Person, floor: Tier, at: Move) -> None:
    ticket = make_ticket(floor, bob.user)
    assert kept(bob, ticket) == [ticket.public_id]
    at(timedelta(days=400))
    assert kept(bob, ticket) == []


def test_a_page_says_whose_it_is_and_a_stranger_s_nobody_s(
    app: Flask, bob: Person, floor: Tier
) -> None:
    ticket = make_ticket(floor, bob.user)
    whose = re.compile(r'<body data-person="([^"]*)"')
    own = whose.search(bob.browser.get(f"/tickets/{ticket.public_id}").text)
    stranger = whose.search(app.test_client().get("/").text)
    assert own
    assert stranger
    assert (own[1], stranger[1]) == (bob.user.public_id, "")
