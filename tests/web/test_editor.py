"""The event editor: drafts, every fault at its field, two people at once, edits that hurt."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.factories.accounts import make_user
from tests.factories.events import IN_A_MONTH, make_event, make_tier
from tests.factories.orders import buy
from tests.factories.pictures import make_picture
from tests.factories.sellers import make_member, make_seller
from tests.fixtures.app import new_browser
from tests.fixtures.browser import Browser
from tests.fixtures.till import Till
from tests.people import Person
from tests.web.html import attribute, elements, links, texts
from tixapp.core.db import db
from tixapp.core.trail import history
from tixapp.events.actions import details_of
from tixapp.events.models import Event, EventStatus, Picture
from tixapp.sellers.models import Role, Seller

pytestmark = pytest.mark.usefixtures("now")

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


def test_from_five_answers_to_a_draft(alice: Person) -> None:
    page = alice.browser.get("/sell/events/new").text
    assert attribute(page, "input", "value", name="currency") == ["EUR"]
    made = alice.browser.submit("/sell/events/new", **NEW)
    assert made.status_code == 303
    event = db.session.query(Event).one()
    assert made.location == editor(event)
    assert event.status == EventStatus.DRAFT
    assert event.starts_at == datetime(2026, 12, 20, 19, tzinfo=UTC)
    assert (event.purchase_limit, event.has_room, event.has_waiting_list) == (6, False, True)
    assert "Before you publish" in alice.browser.get(editor(event)).text


def test_a_person_without_a_seller_opens_one_first(bob: Person) -> None:
    for answer in (bob.browser.get("/sell/events/new"), bob.browser.submit("/sell/events/new")):
        assert (answer.status_code, answer.location) == (303, "/sell/account")


def test_another_sellers_name_in_the_form_makes_nothing_for_it(alice: Person, bob: Person) -> None:
    other = make_seller(bob.user, "Bob's Bar")
    alice.browser.submit("/sell/events/new", **NEW, seller_id=other.public_id)
    assert db.session.query(Event).one().seller_id != other.id


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


def test_a_draft_is_saved_as_one_types(alice: Person, draft: Event) -> None:
    fields = form_of(alice.browser, draft) | {"description": "Louder."}
    saved = alice.browser.submit(editor(draft), headers=JSON, **fields)
    assert saved.status_code == 200
    told = saved.get_json()
    assert told["said"] == "Saved at 13:00"
    assert said(draft).description == "Louder."
    again = alice.browser.submit(
        editor(draft),
        headers=JSON,
        **fields | {"description": "Loudest.", "version": told["version"], "was": told["was"]},
    )
    assert again.status_code == 200
    assert said(draft).description == "Loudest."
    deeds = [deed for deed in history(draft.public_id) if deed.deed == "event.edited"]
    assert [deed.after for deed in deeds] == [
        {"description": "Louder."},
        {"description": "Loudest."},
    ]


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


def test_what_saves_itself_stops_where_two_people_meet(
    alice: Person, eve: Person, draft: Event
) -> None:
    his = form_of(eve.browser, draft)
    alice.browser.submit(editor(draft), **form_of(alice.browser, draft) | {"name": "Other"})
    answer = eve.browser.submit(editor(draft), headers=JSON, **his | {"name": "Third"})
    assert answer.status_code == 409
    assert "Somebody else" in answer.get_json()["said"]
    assert said(draft).name == "Other"


def test_the_preview_shows_the_draft_as_buyers_will_see_it(
    alice: Person, client: Browser, draft: Event
) -> None:
    make_tier(draft, "Floor")
    page = alice.browser.get(f"/e/{draft.slug}").text
    assert "how buyers will see your draft" in page
    assert attribute(page, "input", "type", name__="") == []
    assert "Reserve tickets" in page
    assert 'action="/e/night-trains/holds"' not in page
    assert client.get(f"/e/{draft.slug}").status_code == 404


def test_the_list_before_publishing_leads_to_the_fields(alice: Person, club: Seller) -> None:
    club.charges_enabled = False
    event = make_event(club, "Bare", status=EventStatus.DRAFT, published_at=None)
    make_tier(event)
    page = alice.browser.get(editor(event)).text
    assert links(page, "Stripe takes payments for you") == [f"/sell/stripe/{club.public_id}"]
    assert links(page, "A description") == [f"{editor(event)}#description"]
    assert 'id="description"' in page
    refused = alice.browser.submit(f"/sell/events/{event.public_id}/publication")
    assert refused.location == f"{editor(event)}#checklist"
    assert db.session.get_one(Event, event.id).status == EventStatus.DRAFT

    club.charges_enabled = True
    db.session.commit()
    done = alice.browser.submit(f"/sell/events/{event.public_id}/publication")
    assert done.location == f"/sell/events/{event.public_id}"
    assert db.session.get_one(Event, event.id).status == EventStatus.PUBLISHED


def test_an_edit_that_hurts_says_whom_and_writes_to_them(
    till: Till, alice: Person, bob: Person, carol: Person, club: Seller, work
) -> None:
    event = make_event(club)
    floor = make_tier(event)
    for person in (bob, carol):
        buy(till, event, person.user, {floor: 2})
    work()
    fields = form_of(alice.browser, event) | {"starts_at": "2026-12-22T20:00", "venue": "Arena"}
    asked = alice.browser.submit(editor(event), **fields)
    assert asked.status_code == 200
    assert texts(asked.text, "h1") == ["2 people have tickets"]
    assert "They hold 4 tickets" in asked.text
    assert said(event).venue == "Kesselhaus"

    message = "The hall has water damage.\n\nSorry."
    done = alice.browser.submit(editor(event), **fields, tell="yes", message=message)
    assert done.status_code == 303
    assert said(event).venue == "Arena"
    box = work()
    letters = [mail for mail in box.letters if mail.subject == "A change: Night Trains"]
    assert sorted(mail.recipient for mail in letters) == ["bob@example.com", "carol@example.com"]
    assert "Place: Arena, Berlin" in letters[0].text
    assert "It was: Kesselhaus, Berlin" in letters[0].text
    assert message in letters[0].text


def test_a_change_without_a_letter_and_a_harmless_one_write_to_nobody(
    till: Till, alice: Person, bob: Person, club: Seller, work
) -> None:
    event = make_event(club)
    buy(till, event, bob.user, {make_tier(event): 1})
    before = len(work().letters)
    fields = form_of(alice.browser, event)
    assert (
        alice.browser.submit(editor(event), **fields | {"description": "New."}).status_code == 303
    )
    fields = form_of(alice.browser, event) | {"city": "Potsdam"}
    assert alice.browser.submit(editor(event), **fields, tell="no").status_code == 303
    assert said(event).city == "Potsdam"
    assert len(work().letters) == before


def test_a_copy_is_a_draft_with_everything_in_it(alice: Person, club: Seller) -> None:
    event = make_event(club, description="Loud.", refund_policy="None.")
    make_tier(event, "Floor", price_minor=2500, capacity=80, sold=30)
    answer = alice.browser.submit(f"/sell/events/{event.public_id}/copies")
    copy = db.session.query(Event).filter(Event.id != event.id).one()
    assert answer.location == editor(copy)
    assert (copy.status, copy.starts_at) == (EventStatus.DRAFT, event.starts_at)
    assert said(copy).refund_policy == "None."
    page = alice.browser.get(editor(copy)).text
    assert "0 sold of 80" in page


def test_a_copy_has_the_picture_in_files_of_its_own(
    alice: Person, client: Browser, club: Seller
) -> None:
    event = make_event(club)
    make_picture(event)
    alice.browser.submit(f"/sell/events/{event.public_id}/copies")
    first, second = db.session.query(Picture).order_by(Picture.id)
    assert (first.event_id, second.width, second.colour) == (event.id, 480, first.colour)
    alice.browser.submit(f"/sell/events/{event.public_id}/picture/removal")
    assert alice.browser.get(f"/pictures/{second.public_id}/480.webp").status_code == 200


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
