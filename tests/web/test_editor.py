"""The event editor: every fault at its field, two people at once, nothing for strangers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.factories.events import IN_A_MONTH, make_tier
from tests.factories.sellers import make_seller
from tests.fixtures.app import new_browser
from tests.fixtures.browser import Browser
from tests.people import Person
from tests.web.editing import JSON, NEW, club, draft, editor, eve, form_of, said
from tests.web.html import attribute, elements, links, texts
from tixapp.core.db import db
from tixapp.events.models import Event

__all__ = ["club", "draft", "eve"]

pytestmark = pytest.mark.usefixtures("now")


def test_every_fault_is_told_at_once_at_its_field_and_nothing_is_lost(
    alice: Person, draft: Event
) -> None:
    wrong = {
        "name": "",
        "venue": "x" * 121,
        "starts_at": "soon",
        "ends_at": "2026-13-45T99:99",
        "purchase_limit": "many",
        "minimum_age": "99",
        "return_hours": "-1",
        "return_share": "101",
        "currency": "ABC",
        "refund_policy": "<b>kept as typed</b>",
    }
    answer = alice.browser.submit(editor(draft), **form_of(alice.browser, draft) | wrong)
    assert answer.status_code == 422
    page = answer.text
    bad = {name for name in wrong if name != "refund_policy"}
    marked = {
        given["name"]
        for kind in ("input", "textarea", "select")
        for given, _text in elements(page, kind)
        if given.get("aria-invalid") == "true"
    }
    assert marked == bad
    summary = page[page.index('class="error-summary"') :].partition("</ul>")[0]
    assert {f'href="#{name}"' in summary for name in bad} == {True}
    assert attribute(page, "input", "value", name="purchase_limit") == ["many"]
    assert attribute(page, "input", "value", name="starts_at") == ["soon"]
    assert "&lt;b&gt;kept as typed&lt;/b&gt;" in page
    assert said(draft).name == "Night Trains"


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"starts_at": "2026-03-29T02:30"}, "starts_at", "would be 03:30"),
        ({"starts_at": "2026-10-25T02:30"}, "starts_at", "comes twice"),
        ({"ends_at": "2026-12-01T10:00"}, "ends_at", "is not after the start"),
        ({"doors_at": "2027-01-01T10:00"}, "doors_at", "is after the start"),
        ({"timezone": "Berlin"}, "timezone", "is not a time zone"),
        ({"hue": "7"}, "hue", "in steps of ten"),
    ],
)
def test_a_fault_says_what_is_wrong(
    alice: Person, draft: Event, fields: dict[str, str], field: str, words: str
) -> None:
    answer = alice.browser.submit(
        editor(draft), headers=JSON, **form_of(alice.browser, draft) | fields
    )
    assert answer.status_code == 422
    [fault] = answer.get_json()["faults"][field]
    assert words in fault
    assert said(draft).starts_at == IN_A_MONTH


def test_a_time_that_comes_twice_is_asked_about_and_kept(alice: Person, draft: Event) -> None:
    fields = form_of(alice.browser, draft) | {"starts_at": "2026-10-25T02:30"}
    page = alice.browser.submit(editor(draft), **fields).text
    assert "Which of the two?" in page
    chosen = alice.browser.submit(editor(draft), **fields | {"starts_at_which": "second"})
    assert chosen.status_code == 303
    assert said(draft).starts_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    options = elements(alice.browser.get(editor(draft)).text, "option")
    assert [
        given["value"] for given, text in options if "selected" in given and "clocks" in text
    ] == ["second"]


def test_two_people_lose_nothing(alice: Person, eve: Person, draft: Event) -> None:
    hers, his = form_of(alice.browser, draft), form_of(eve.browser, draft)
    first = alice.browser.submit(
        editor(draft), **hers | {"name": "Night Trains II", "address": "Knaackstraße 97"}
    )
    assert first.status_code == 303
    second = eve.browser.submit(
        editor(draft), **his | {"name": "Late Trains", "accessibility": "Two steps."}
    )
    assert second.status_code == 409
    page = second.text
    assert attribute(page, "input", "value", name="name") == ["Late Trains"]
    assert attribute(page, "input", "value", name="address") == ["Knaackstraße 97"]
    assert "Two steps." in texts(page, "textarea")
    theirs = page[page.index('id="name-theirs"') :][:400]
    assert "Night Trains II" in theirs
    assert 'id="address-theirs"' not in page
    assert links(page, "Name") == ["#name"]
    assert said(draft).name == "Night Trains II"

    version, was = (attribute(page, "input", "value", name=n)[0] for n in ("version", "was"))
    merged = his | {
        "name": "Late Trains",
        "accessibility": "Two steps.",
        "address": "Knaackstraße 97",
        "version": version,
        "was": was,
    }
    assert eve.browser.submit(editor(draft), **merged).status_code == 303
    found = said(draft)
    assert (found.name, found.address, found.accessibility) == (
        "Late Trains",
        "Knaackstraße 97",
        "Two steps.",
    )


def test_the_editor_says_what_the_fee_means_either_way(alice: Person, draft: Event) -> None:
    make_tier(draft, "Floor", price_minor=2450)
    page = alice.browser.get(editor(draft)).text
    assert "buyers pay €24.50 and you get €24.25; on top, buyers pay €24.75 and you get" in page


def test_the_editor_costs_the_same_however_many_tiers_there_are(
    alice: Person, draft: Event, queries
) -> None:
    alice.browser.get(editor(draft))
    for number in range(8):
        make_tier(draft, f"Tier {number}")
    with queries() as asked:
        assert alice.browser.get(editor(draft)).status_code == 200
    assert len(asked) == 5  # the session, the event, its tiers, the role, the places


def test_what_was_typed_is_inert_wherever_it_is_shown(
    alice: Person, client: Browser, draft: Event
) -> None:
    evil = '"><script>alert(1)</script>{{7*7}}'
    fields = form_of(alice.browser, draft) | {
        "name": evil,
        "venue": evil,
        "description": f"{evil} [x](javascript:alert(1)) <img src=x onerror=alert(1)>",
        "accessibility": evil,
    }
    assert alice.browser.submit(editor(draft), **fields).status_code == 303
    event = db.session.get_one(Event, draft.id)
    for path in (editor(draft), "/sell/events", f"/e/{event.slug}"):
        page = alice.browser.get(path).text
        assert "<script>alert" not in page
        assert 'href="javascript:' not in page
        assert "<img src=x" not in page
        assert "49" not in texts(page, "h1")[0]


@pytest.mark.parametrize("extra", ["seller_id", "status", "slug", "public_id", "published_at"])
def test_members_that_are_not_the_editors_are_ignored(
    alice: Person, draft: Event, extra: str
) -> None:
    before = getattr(draft, extra)
    alice.browser.submit(editor(draft), **form_of(alice.browser, draft), **{extra: "published"})
    assert getattr(db.session.get_one(Event, draft.id), extra) == before


def test_nobody_else_finds_the_editor(
    alice: Person, bob: Person, dan: Person, draft: Event
) -> None:
    other = make_seller(bob.user, "Bob's Bar")
    assert other
    for person in (bob, dan):
        assert person.browser.get(editor(draft)).status_code == 404
        refused = person.browser.submit(editor(draft), **NEW)
        assert refused.status_code == 404
        for deed in ("publication", "copies"):
            path = f"/sell/events/{draft.public_id}/{deed}"
            assert person.browser.submit(path).status_code == 404
    assert new_browser(alice.app).get(editor(draft)).status_code == 303
    assert said(draft).name == "Night Trains"
    assert db.session.query(Event).count() == 1
