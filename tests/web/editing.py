"""The event editor, as tests go about it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.accounts import make_user
from tests.factories.events import make_event
from tests.factories.sellers import make_member
from tests.fixtures.browser import Browser
from tests.people import Person
from tests.web.html import elements
from tixapp.core.db import db
from tixapp.events.actions import details_of
from tixapp.events.models import Event, EventStatus
from tixapp.sellers.models import Role, Seller

JSON = {"Accept": "application/json"}
NEW = {
    "name": "Day Trains",
    "category": "concert",
    "starts_at": "2026-12-20T20:00",
    "timezone": "Europe/Berlin",
    "venue": "Kesselhaus",
    "city": "Berlin",
    "currency": "EUR",
}


@pytest.fixture
def club(alice: Person) -> Seller:
    assert alice.seller
    return alice.seller


@pytest.fixture
def draft(club: Seller) -> Event:
    return make_event(club, status=EventStatus.DRAFT, published_at=None, description="Loud.")


@pytest.fixture
def eve(alice: Person, club: Seller) -> Person:
    """Edits beside alice."""
    user = make_user("Eve")
    make_member(club, user, Role.EDITOR)
    return Person(alice.app, user, club)


def editor(event: Event) -> str:
    return f"/sell/events/{event.public_id}/edit"


def form_of(browser: Browser, event: Event) -> dict[str, str]:
    """What stands in the editor, as the browser would send it back."""
    page = browser.get(editor(event)).text
    fields: dict[str, str] = {}
    for given, _text in elements(page, "input"):
        name, kind = given.get("name"), given.get("type")
        if name and (kind not in {"radio", "checkbox"} or "checked" in given):
            fields.setdefault(name, given.get("value") or "")
    for given, text in elements(page, "textarea"):
        fields[given["name"] or ""] = text
    fields |= {"timezone": event.timezone, "category": event.category}
    return {name: value for name, value in fields.items() if name not in {"csrf_token", "q", "to"}}


def said(event: Event) -> Any:
    db.session.expire_all()
    found = db.session.get_one(Event, event.id)
    _loaded = (found.venue_id, db.session.refresh(found, ["venue"]))
    return details_of(found)
