"""Drafts: from five answers to a page on sale, saved as one types."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.factories.events import IN_A_MONTH, make_event, make_tier
from tests.factories.pictures import make_picture
from tests.factories.sellers import make_seller
from tests.fixtures.browser import Browser
from tests.people import Person
from tests.web.editing import JSON, NEW, club, draft, editor, eve, form_of, said
from tests.web.html import attribute, links
from tixapp.core.db import db
from tixapp.core.trail import history
from tixapp.events.models import Event, EventStatus, Picture
from tixapp.sellers.models import Seller

__all__ = ["club", "draft", "eve"]

pytestmark = pytest.mark.usefixtures("now")


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


def test_a_draft_is_saved_as_one_types(alice: Person, draft: Event) -> None:
    fields = form_of(alice.browser, draft) | {"description": "Louder."}
    saved = alice.browser.submit(editor(draft), headers=JSON, **fields)
    assert saved.status_code == 200
    told = saved.get_json()
    assert told["said"] == "Saved at 13:00"
    assert said(draft).description == "Louder."
    assert re.findall(
        r'data-part="mark-(\w+)"><span class="chip"( data-tone="good")?', told["parts"]
    ) == [
        ("event", ' data-tone="good"'),
        ("when", ' data-tone="good"'),
        ("where", ""),
        ("rules", ""),
    ]
    assert 'id="checklist"' in told["parts"]
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


@pytest.mark.parametrize(
    ("wrong", "fields", "faults"),
    [
        ({"purchase_limit": "many"}, "Tickets for one person", {"purchase_limit"}),
        ({"name": ""}, "Name", {"name"}),
        (
            {"return_share": "101", "hue": "7"},
            "Colour, Share that goes back",
            {"return_share", "hue"},
        ),
        ({"starts_at": "soon"}, "Start", {"starts_at"}),
        # Times are those of the zone: without one, none of them is known.
        (
            {"timezone": "Berlin", "starts_at": "2026-12-24T20:00"},
            "Start, Time zone",
            {"timezone"},
        ),
    ],
)
def test_one_bad_field_does_not_keep_the_others_from_being_saved(
    alice: Person, draft: Event, wrong: dict[str, str], fields: str, faults: set[str]
) -> None:
    before = said(draft)
    typed = form_of(alice.browser, draft) | wrong | {"description": "Louder."}
    answer = alice.browser.submit(editor(draft), headers=JSON, **typed)
    assert answer.status_code == 200
    told = answer.get_json()
    assert told["said"] == f"Saved at 13:00. Not yet: {fields}."
    assert set(told["faults"]) == faults
    assert said(draft) == replace(before, description="Louder.")
    mended = {name: typed[name] for name in typed if name not in wrong}
    again = form_of(alice.browser, draft) | mended
    last = again | {"version": told["version"], "was": told["was"], "city": "Potsdam"}
    last |= {name: value for name, value in form_of(alice.browser, draft).items() if name in wrong}
    saved = alice.browser.submit(editor(draft), headers=JSON, **last)
    assert saved.get_json()["said"] == "Saved at 13:00"
    assert said(draft) == replace(before, description="Louder.", city="Potsdam")


def test_a_start_that_its_end_does_not_fit_waits_with_it(alice: Person, draft: Event) -> None:
    draft.ends_at = IN_A_MONTH + timedelta(hours=3)
    db.session.commit()
    before = said(draft)
    typed = {"starts_at": "2026-12-24T20:00", "doors_at": "2026-12-20T19:00", "city": "Potsdam"}
    answer = alice.browser.submit(
        editor(draft), headers=JSON, **form_of(alice.browser, draft) | typed
    )
    assert answer.get_json()["said"] == "Saved at 13:00. Not yet: Start, End, Doors."
    assert answer.get_json()["faults"] == {"ends_at": ["End is not after the start."]}
    assert said(draft) == replace(before, city="Potsdam")


def test_nothing_but_bad_fields_saves_nothing(alice: Person, draft: Event) -> None:
    fields = form_of(alice.browser, draft) | {"name": "", "ends_at": "later"}
    answer = alice.browser.submit(editor(draft), headers=JSON, **fields)
    assert answer.status_code == 422
    assert answer.get_json()["said"] == "Not saved yet: 2 fields need another look."
    assert [deed.deed for deed in history(draft.public_id)] == []


def test_a_part_is_saved_over_nobody_elses_work(alice: Person, eve: Person, draft: Event) -> None:
    his = form_of(eve.browser, draft) | {"description": "Mine.", "purchase_limit": "many"}
    alice.browser.submit(editor(draft), **form_of(alice.browser, draft) | {"name": "Other"})
    answer = eve.browser.submit(editor(draft), headers=JSON, **his)
    assert answer.status_code == 409
    assert said(draft).description == "Loud."


def test_what_is_on_sale_is_saved_whole_or_not_at_all(alice: Person, club: Seller) -> None:
    event = make_event(club, description="Loud.")
    fields = form_of(alice.browser, event) | {"description": "Louder.", "name": ""}
    assert alice.browser.submit(editor(event), headers=JSON, **fields).status_code == 422
    assert said(event).description == "Loud."
