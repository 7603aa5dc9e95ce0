"""The page of an event: what it says in every state of its sale."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.factories.events import IN_A_MONTH, make_event, make_tier
from tests.factories.sellers import make_seller
from tests.fixtures.browser import Browser
from tests.fixtures.time import NOON
from tests.people import Person
from tests.web.html import attribute, elements, links, texts
from tixapp.events.models import Event, EventStatus
from tixapp.sellers.models import Seller

DAY = timedelta(days=1)


@pytest.fixture
def seller(alice: Person) -> Seller:
    assert alice.seller
    return alice.seller


@pytest.fixture(autouse=True)
def _it_is_noon(now: object) -> None:
    """And stays so."""


@pytest.fixture
def event(seller: Seller) -> Event:
    return make_event(
        seller,
        doors_at=IN_A_MONTH - timedelta(hours=1),
        ends_at=IN_A_MONTH + timedelta(hours=3),
        address="Knaackstraße 97",
        description="Loud, then **quiet**. <script>alert(1)</script>",
    )


def structured(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    assert found
    read: dict[str, Any] = json.loads(found[1])
    return read


def can_be_chosen(page: str) -> list[str | None]:
    return [a["name"] for a, _ in elements(page, "input") if a.get("type") == "number"]


def test_the_page_says_what_when_where_and_from_whom(client: Browser, event: Event) -> None:
    tier = make_tier(event, description="Standing")
    page = client.get("/e/night-trains").text
    assert texts(page, "h1") == ["Night Trains"]
    assert texts(page, "title") == ["Night Trains, Berlin, 20 December 2026 · tixapp"]
    facts = texts(page, "dl")[0]
    assert "Sun, 20 Dec 2026, 20:00 Berlin time" in facts
    assert "Doors 19:00, ends about 23:00" in facts
    assert "Kesselhaus Knaackstraße 97, Berlin" in facts
    assert "By Alice's Club" in facts
    assert links(page, "Get tickets") == ["#tickets"]
    assert can_be_chosen(page) == [f"tier-{tier.public_id}"]


def test_a_description_is_markdown_and_inert(client: Browser, event: Event) -> None:
    page = client.get("/e/night-trains").text
    assert "<strong>quiet</strong>" in page
    assert "<script>alert" not in page


def test_a_row_says_price_limit_and_what_is_left(client: Browser, event: Event) -> None:
    make_tier(event, "Floor", price_minor=2400, per_order_limit=2)
    low = make_tier(event, "Balcony", price_minor=3200, sold=97, per_order_limit=6)
    make_tier(event, "Early", price_minor=1500, sold=100)
    page = client.get("/e/night-trains").text
    rows = {a["data-name"]: (a["data-state"], text) for a, text in tier_rows(page)}
    assert rows["Floor"] == ("ok", "Floor Up to 2 in one order €24.00")
    assert rows["Balcony"] == ("low", "Balcony 3 left €32.00")
    assert rows["Early"] == ("gone", "Early Sold out €15.00 Join the waiting list")
    assert attribute(page, "input", "max", name=f"tier-{low.public_id}") == ["3"]
    assert len(can_be_chosen(page)) == 2


def tier_rows(page: str) -> list[tuple[dict[str, str | None], str]]:
    """Each row's attributes and text, read from its opening tag to the next row."""
    parts = re.split(r'(?=<div class="tier" )', page)[1:]
    rows = []
    for part in parts:
        ((attributes, text),) = elements(part, "div")[:1]
        rows.append((attributes, text))
    return rows


def test_a_passed_on_fee_is_in_the_price_from_the_first_number(
    client: Browser, seller: Seller
) -> None:
    event = make_event(seller, fee_passed_on=True)
    make_tier(event, price_minor=2400)
    page = client.get("/e/night-trains").text
    assert "from €24.24" in page
    assert texts(page, "details")[:1] == [
        "Prices include the booking fee Floor: €24.00 and a fee of €0.24"
    ]
    assert "€24.24" in client.get("/").text


def test_an_absorbed_fee_is_not_spoken_of(client: Browser, event: Event) -> None:
    make_tier(event)
    page = client.get("/e/night-trains").text
    assert "You pay what you see: nothing is added at the end." in page
    assert "fee" not in texts(page, "main")[0]


def test_a_tiers_own_window_is_told_in_the_venues_time(client: Browser, event: Event) -> None:
    make_tier(event, "Now", sale_ends_at=NOON + DAY)
    make_tier(event, "Later", sale_starts_at=NOON + 2 * DAY)
    make_tier(event, "Before", sale_ends_at=NOON)
    page = client.get("/e/night-trains").text
    words = {a["data-name"]: text for a, text in tier_rows(page)}
    assert "Until Sat, 21 Nov 2026, 13:00 Berlin time" in words["Now"]
    assert "On sale from Sun, 22 Nov 2026, 13:00 Berlin time" in words["Later"]
    assert "No longer on sale" in words["Before"]
    assert len(can_be_chosen(page)) == 1


def test_before_the_sale_the_page_says_when_it_opens(client: Browser, seller: Seller) -> None:
    event = make_event(seller, on_sale_at=NOON + 2 * DAY)
    make_tier(event)
    page = client.get("/e/night-trains").text
    assert "The sale opens Sun, 22 Nov 2026, 13:00 Berlin time, on this page." in page_text(page)
    assert can_be_chosen(page) == []
    assert "data-countdown" not in page  # days away: a date says more


def page_text(page: str) -> str:
    return texts(page, "main")[0]


def test_on_the_last_day_it_counts_down(client: Browser, seller: Seller) -> None:
    make_tier(make_event(seller, on_sale_at=NOON + timedelta(hours=3)))
    page = client.get("/e/night-trains").text
    ends = re.search(r'data-ends="([^"]+)"', page)
    assert ends
    assert ends[1] == "2026-11-20T15:00:00+00:00"


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ({"paused_at": NOON}, "The organiser has paused the sale."),
        ({"status": EventStatus.CANCELLED}, "This event was cancelled and does not take place."),
        ({"status": EventStatus.ENDED}, "This event is over."),
        ({"starts_at": NOON - DAY}, "This event is over."),
    ],
)
def test_every_state_has_honest_words_and_no_way_to_buy(
    client: Browser, seller: Seller, others: dict[str, Any], words: str
) -> None:
    make_tier(make_event(seller, **others))
    page = client.get("/e/night-trains")
    assert page.status_code == 200
    assert words in page_text(page.text)
    assert can_be_chosen(page.text) == []
    assert "Reserve" not in page_text(page.text)


def test_a_sold_out_event_leads_to_its_waiting_list(client: Browser, event: Event) -> None:
    make_tier(event, sold=100)
    page = client.get("/e/night-trains").text
    assert "Every ticket is sold. Join the waiting list:" in page_text(page)
    assert links(page, "Join the waiting list")[0] == "/e/night-trains/list"


def test_a_sold_out_event_promises_only_what_is_true(client: Browser, seller: Seller) -> None:
    event = make_event(seller, has_waiting_list=False)
    make_tier(event, sold=100)
    text = page_text(client.get("/e/night-trains").text)
    assert "Every ticket is sold. When someone lets a place go, it is on sale again here." in text


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({}, "Refunds Only if the event is cancelled."),
        ({"refund_policy": "Ask us."}, "Refunds Ask us."),
        (
            {"return_hours": 24},
            "until Sat, 19 Dec 2026, 20:00 Berlin time and get all of your money.",
        ),
        (
            {"return_hours": 24, "return_share_bps": 9000},
            "until Sat, 19 Dec 2026, 20:00 Berlin time and get 90 % of the price.",
        ),
        ({"return_hours": 24 * 31}, "It is too late to give tickets back"),
    ],
)
def test_giving_tickets_back_is_told_as_it_will_be_done(
    client: Browser, seller: Seller, terms: dict[str, Any], words: str
) -> None:
    make_event(seller, **terms)
    assert words in page_text(client.get("/e/night-trains").text)


def test_a_draft_is_there_for_those_who_work_for_its_seller(
    client: Browser, seller: Seller, alice: Person, bob: Person, dan: Person
) -> None:
    make_event(seller, status=EventStatus.DRAFT)
    assert client.get("/e/night-trains").status_code == 404
    assert client.get("/e/night-trains.ics").status_code == 404
    assert bob.browser.get("/e/night-trains").status_code == 404
    for member in (alice, dan):
        page = member.browser.get("/e/night-trains")
        assert page.status_code == 200
        assert "This is how buyers will see your draft." in page_text(page.text)
        assert "application/ld+json" not in page.text


def test_another_sellers_owner_does_not_see_the_draft(seller: Seller, bob: Person) -> None:
    make_seller(bob.user, "Bob's")
    make_event(seller, status=EventStatus.DRAFT)
    assert bob.browser.get("/e/night-trains").status_code == 404


def test_a_stranger_chooses_signs_in_and_finds_the_choice_again(
    client: Browser, event: Event, bob: Person
) -> None:
    tier = make_tier(event)
    field = f"tier-{tier.public_id}"
    page = client.get("/e/night-trains").text
    assert attribute(page, "form", "method", action="/e/night-trains/choose") == ["get"]
    sent = client.get(f"/e/night-trains/choose?{field}=2&{field}x=0&evil=1")
    assert sent.status_code == 303
    target = urlsplit(sent.headers["Location"])
    assert target.path == "/sign-in"
    assert parse_qs(target.query)["next"] == [f"/e/night-trains?{field}=2#tickets"]
    again = bob.browser.get(f"/e/night-trains?{field}=2").text
    assert attribute(again, "input", "value", name=field) == ["2"]
    assert attribute(again, "form", "action", method="post", class_="stack") == [
        "/e/night-trains/holds"
    ]


def test_choosing_while_signed_in_leads_back_to_the_tickets(event: Event, bob: Person) -> None:
    make_tier(event)
    sent = bob.browser.get("/e/night-trains/choose?tier-x=2")
    assert sent.headers["Location"] == "/e/night-trains?tier-x=2#tickets"


def test_choosing_nothing_is_told_at_once(client: Browser, event: Event) -> None:
    make_tier(event)
    sent = client.get("/e/night-trains/choose?tier-x=0")
    assert sent.headers["Location"] == "/e/night-trains#tickets"
    assert "Choose at least one ticket." in client.get("/e/night-trains").text


@pytest.mark.parametrize("value", ["-1", "1e3", "<b>", "9999", "²"])
def test_an_address_fills_fields_with_numbers_only(
    client: Browser, event: Event, value: str
) -> None:
    field = f"tier-{make_tier(event).public_id}"
    page = client.get("/e/night-trains", query_string={field: value}).text
    assert attribute(page, "input", "value", name=field) == ["0"]


def test_search_engines_read_the_event(client: Browser, event: Event) -> None:
    make_tier(event, price_minor=2450)
    page = client.get("/e/night-trains").text
    facts = structured(page)
    assert facts["@type"] == "Event"
    assert facts["startDate"] == "2026-12-20T19:00:00+00:00"
    assert facts["location"]["address"] == "Knaackstraße 97, Berlin"
    assert facts["description"] == "Loud, then quiet. <script>alert(1)</script>"
    assert facts["offers"][0]["price"] == "24.50"
    assert facts["offers"][0]["availability"] == "https://schema.org/InStock"
    assert attribute(page, "link", "href", rel="canonical") == ["http://localhost/e/night-trains"]
    assert attribute(page, "meta", "content", property="og:title") == ["Night Trains"]


def test_structured_data_cannot_close_its_block(client: Browser, seller: Seller) -> None:
    name = "</script><script>alert(1)</script>"
    make_event(seller, name, slug="x")
    page = client.get("/e/x").text
    assert structured(page)["name"] == name
    assert "<script>alert" not in page


def test_the_calendar_file_has_the_moment_and_the_place(client: Browser, event: Event) -> None:
    answer = client.get("/e/night-trains.ics")
    assert answer.mimetype == "text/calendar"
    lines = answer.text.split("\r\n")
    assert "DTSTART:20261220T190000Z" in lines
    assert "DTEND:20261220T220000Z" in lines
    assert "LOCATION:Kesselhaus\\, Knaackstraße 97\\, Berlin" in lines
    assert "STATUS:CONFIRMED" in lines


def test_a_cancelled_event_is_cancelled_in_the_calendar(client: Browser, seller: Seller) -> None:
    make_event(seller, status=EventStatus.CANCELLED)
    assert "STATUS:CANCELLED" in client.get("/e/night-trains.ics").text


@pytest.mark.parametrize("path", ["/e/nothing", "/e/NIGHT-TRAINS", "/e/night-trains/", "/e/a%00b"])
def test_another_spelling_is_another_address(client: Browser, event: Event, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_page_asks_the_database_three_times(client: Browser, event: Event, queries) -> None:
    for n in range(5):
        make_tier(event, f"Tier {n}")
    with queries() as asked:
        client.get("/e/night-trains")
    assert len(asked) == 3


def test_live_numbers_come_from_the_api(client: Browser, event: Event) -> None:
    make_tier(event)
    page = client.get("/e/night-trains").text
    (form,) = [a for a, _ in elements(page, "form") if "data-url" in a]
    assert form["data-url"] == f"/api/v1/events/{event.public_id}/availability"
