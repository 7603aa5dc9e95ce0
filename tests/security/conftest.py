"""What an attacker finds: alice's concert on sale, bob's paid tickets, mallory who sells too."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.factories.orders import buy
from tests.factories.sellers import make_seller
from tests.fixtures.app import DbSession
from tests.fixtures.till import Till
from tests.people import Person
from tixapp.events.models import Event, Tier
from tixapp.orders.models import Order
from tixapp.web.limits import limiter


@pytest.fixture(autouse=True)
def _alone(db_session: DbSession, now: object) -> None:
    """Rolled back, at noon, with rate limits that start from zero."""
    limiter.reset()


@pytest.fixture
def concert(alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller)


@pytest.fixture
def floor(concert: Event) -> Tier:
    return make_tier(concert, "Floor", capacity=20)


@pytest.fixture
def order(till: Till, concert: Event, floor: Tier, bob: Person) -> Order:
    """Two tickets that bob has paid."""
    return buy(till, concert, bob.user, {floor: 2})


@pytest.fixture
def mallory(app: Flask, db_session: DbSession) -> Person:
    """Has a club of her own, and an eye on the others."""
    user = make_user("Mallory")
    return Person(app, user, make_seller(user, "Mallory's Hall"))
