"""The page beside the editor: what is typed, as buyers would see it, and nothing written down."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from tests.factories.events import make_event, make_tier
from tests.people import Person
from tests.web.editing import club, draft, editor, form_of, said
from tests.web.html import elements, texts
from tixapp.core.db import db
from tixapp.core.trail import history
from tixapp.events.models import Event, Venue
from tixapp.sellers.models import Seller

__all__ = ["club", "draft"]

pytestmark = pytest.mark.usefixtures("now")


def preview_of(person: Person, event: Event, **typed: str) -> str:
    fields = form_of(person.browser, event) | typed
    answer = person.browser.submit(f"/sell/events/{event.public_id}/preview", **fields)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    return answer.text


def test_the_page_is_drawn_with_what_is_typed_and_nothing_is_saved(
    alice: Person, draft: Event
) -> None:
    make_tier(draft, "Floor", price_minor=2500)
    before = said(draft)
    page = preview_of(
        alice,
        draft,
        name="Late Trains",
        venue="Arena",
        description="**Louder**",
        hue="200",
        fee_passed_on="passed_on",
    )
    assert texts(page, "h1") == ["Late Trains"]
    assert "Arena" in page
    assert "<strong>Louder</strong>" in page
    assert 'data-hue="200"' in page
    assert "€25.25" in page
    assert said(draft) == before
    assert db.session.scalar(sa.select(sa.func.count(Venue.id)).filter_by(name="Arena")) == 0
    assert history(draft.public_id) == []


def test_what_needs_another_look_is_shown_as_it_is_saved(alice: Person, draft: Event) -> None:
    page = preview_of(alice, draft, name="", starts_at="soon", city="Potsdam")
    assert texts(page, "h1") == ["Night Trains"]
    assert "Potsdam" in page
    assert "Sun, 20 Dec 2026, 20:00" in page


def test_the_pane_is_to_be_looked_at_and_runs_nothing(alice: Person, draft: Event) -> None:
    make_tier(draft)
    evil = "<script>alert(1)</script>{{7*7}}"
    page = preview_of(alice, draft, name=evil, description=evil)
    assert re.search(r"<body inert>", page)
    assert texts(page, "h1") == [evil]
    assert elements(page, "script") == []
    assert elements(page, "header") == elements(page, "form") == []


def test_what_is_on_sale_is_shown_with_its_sale(alice: Person, club: Seller) -> None:
    event = make_event(club)
    make_tier(event, "Floor", capacity=100, sold=98)
    page = preview_of(alice, event, name="Late Trains")
    assert texts(page, "h1") == ["Late Trains"]
    assert "2 left" in page


def test_the_page_costs_a_handful_of_statements(alice: Person, draft: Event, queries) -> None:
    make_tier(draft)
    fields = form_of(alice.browser, draft)
    path = f"/sell/events/{draft.public_id}/preview"
    alice.browser.submit(path, **fields)
    with queries() as asked:
        assert alice.browser.submit(path, **fields).status_code == 200
    assert len(asked) <= 9, "\n".join(asked)


def test_the_editor_leads_to_the_preview_without_a_script_too(alice: Person, draft: Event) -> None:
    page = alice.browser.get(editor(draft)).text
    assert f'href="/e/{draft.slug}"' in page
    assert f'data-preview="/sell/events/{draft.public_id}/preview"' in page
    [(frame, _text)] = elements(page, "iframe")
    assert frame["sandbox"] == "allow-same-origin"
    assert "src" not in frame
