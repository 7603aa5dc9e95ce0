"""The home page and the search: what is on, and finding it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories.events import make_event, make_tier
from tests.fixtures.browser import Browser
from tests.fixtures.time import NOON
from tests.people import Person
from tests.web.html import links, names, texts
from tixapp.events.models import EventStatus
from tixapp.sellers.models import Seller

DAY = timedelta(days=1)
TONIGHT = NOON + timedelta(hours=8)


@pytest.fixture
def seller(alice: Person) -> Seller:
    assert alice.seller
    return alice.seller


@pytest.fixture(autouse=True)
def _it_is_friday_noon(now: object) -> None:
    """In London and an hour later in Berlin."""


def test_the_home_page_has_a_row_for_tonight_the_weekend_and_later(
    client: Browser, seller: Seller
) -> None:
    make_event(seller, "Friday Late", starts_at=TONIGHT)
    make_event(seller, "Saturday Night", starts_at=TONIGHT + DAY)
    make_event(seller, "Next Week", starts_at=TONIGHT + 7 * DAY)
    make_event(seller, "Hidden", status=EventStatus.DRAFT)
    page = client.get("/").text
    assert names(page) == ["Friday Late", "Saturday Night", "Next Week"]
    assert texts(page, "h2") == ["Tonight", "This weekend", "Coming up"]


def test_a_matinee_makes_it_today_instead_of_tonight(client: Browser, seller: Seller) -> None:
    make_event(seller, "Matinee", starts_at=NOON + timedelta(hours=2))
    make_event(seller, "Friday Late", starts_at=TONIGHT)
    assert texts(client.get("/").text, "h2") == ["Today"]


def test_an_empty_house_says_so(client: Browser) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert texts(page.text, "h2") == ["Nothing is on sale yet"]


def test_a_card_shows_day_place_price_and_state(client: Browser, seller: Seller) -> None:
    event = make_event(seller, "Low Tide", starts_at=TONIGHT)
    make_tier(event, price_minor=3200, sold=100)
    make_tier(event, "Balcony", price_minor=4500, capacity=50, sold=46)
    page = client.get("/").text
    card = " ".join(texts(page, "article")[0].split())
    assert "Fri 20 Nov · 21:00" in card
    assert "Kesselhaus, Berlin" in card
    assert "from €45.00" in card  # the cheaper one is gone
    assert "Few left" in card


@pytest.mark.parametrize(
    ("others", "chip"),
    [
        ({"on_sale_at": NOON + DAY}, "On sale Sat 21 Nov"),
        ({"on_sale_at": NOON + timedelta(hours=1)}, "On sale at 14:00"),
        ({"paused_at": NOON}, "Paused"),
        ({"has_waiting_list": False}, "Sold out"),
        ({}, "Waiting list"),
    ],
)
def test_a_card_says_why_nothing_can_be_bought(
    client: Browser, seller: Seller, others: dict[str, object], chip: str
) -> None:
    event = make_event(seller, "Low Tide", starts_at=TONIGHT + 3 * DAY, **others)
    make_tier(event, sold=100)
    assert chip in texts(client.get("/").text, "article")[0]


def test_free_is_written_as_a_word(client: Browser, seller: Seller) -> None:
    make_tier(make_event(seller, "Open Court"), price_minor=0)
    card = texts(client.get("/").text, "article")[0]
    assert "Free" in card
    assert "0.00" not in card


def test_names_cannot_carry_markup(client: Browser, seller: Seller) -> None:
    make_event(seller, "<script>alert(1)</script>", slug="x", venue='" onload="x')
    page = client.get("/").text
    assert "<script>alert" not in page
    assert '" onload="' not in page


def test_the_home_page_asks_the_database_four_times(
    client: Browser, seller: Seller, queries
) -> None:
    for n in range(12):
        make_tier(make_event(seller, f"Event {n}", starts_at=TONIGHT + n * DAY))
    with queries() as asked:
        assert len(names(client.get("/").text)) == 12
    assert len(asked) == 4


def test_a_search_finds_words_without_accents(client: Browser, seller: Seller) -> None:
    make_event(seller, "Café Noir")
    make_event(seller, "Night Trains")
    page = client.get("/search?q=cafe").text
    assert names(page) == ["Café Noir"]
    assert texts(page, "h1") == ["Events for “cafe”"]


def test_filters_stand_in_the_address_and_add_up(client: Browser, seller: Seller) -> None:
    make_tier(make_event(seller, "A", city="Köln", category="concert"), price_minor=2000)
    make_tier(make_event(seller, "B", category="concert"), price_minor=2000)
    make_tier(make_event(seller, "C", category="concert"), price_minor=9000)
    page = client.get("/search?city=Berlin&category=concert&price=25").text
    assert names(page) == ["B"]
    assert links(page, "Remove filter: Berlin") == ["/search?category=concert&price=25"]
    assert links(page, "Clear all") == ["/search"]


def test_a_pill_is_a_link_that_adds_or_takes_away_one_filter(
    client: Browser, seller: Seller
) -> None:
    make_event(seller, "A", category="concert", starts_at=TONIGHT)
    page = client.get("/search?when=today").text
    assert links(page, "Concerts") == ["/search?when=today&category=concert"]
    assert links(page, "This weekend") == ["/search?when=weekend"]
    assert links(page, "Today") == ["/search"]


def test_days_are_taken_from_the_address(client: Browser, seller: Seller) -> None:
    for n in range(3):
        make_event(seller, f"Event {n}", starts_at=TONIGHT + n * DAY)
    assert names(client.get("/search?from=2026-11-21&to=2026-11-21").text) == ["Event 1"]


@pytest.mark.parametrize(
    "query",
    [
        "from=yesterday&to=9999-99-99&when=never&price=-1",
        "price=1e9&from=0001-01-01",
        "q=%00&city=%00&category=%00",
        "q='%20OR%201=1--&after='",
        "after=" + "x" * 5000,
        "q=" + "a%20" * 3000,
    ],
)
def test_a_malformed_address_is_a_page_and_not_a_fault(
    client: Browser, seller: Seller, query: str
) -> None:
    make_event(seller, "A")
    assert client.get(f"/search?{query}").status_code == 200


def test_nothing_found_says_which_filter_excludes_and_takes_it_away(
    client: Browser, seller: Seller
) -> None:
    make_event(seller, "A", city="Köln", category="concert")
    make_event(seller, "B", city="Berlin", category="basketball")
    make_event(seller, "C", city="Berlin", category="basketball")
    page = client.get("/search?city=Köln&category=basketball").text
    assert texts(page, "h2")[0] == "No event fits all of this"
    assert links(page, "Köln 2 events") == ["/search?category=basketball"]
    assert links(page, "Basketball 1 event") == ["/search?city=K%C3%B6ln"]
    assert names(page) == ["A", "B", "C"]  # what comes up next


def test_pages_lead_on_and_back(client: Browser, seller: Seller) -> None:
    for n in range(30):
        make_event(seller, f"Event {n:02}", starts_at=TONIGHT + n * DAY, city="Bonn")
    first = client.get("/search?city=Bonn").text
    (following,) = links(first, "Later events")
    second = client.get(following).text
    assert names(first) + names(second) == [f"Event {n:02}" for n in range(30)]
    assert following.startswith("/search?city=Bonn&after=evt_")
    assert links(second, "Back to the first") == ["/search?city=Bonn"]
    assert links(second, "Later events") == []


def test_a_search_asks_the_database_four_times_and_once_more_for_nothing(
    client: Browser, seller: Seller, queries
) -> None:
    make_tier(make_event(seller, "A"))
    with queries() as asked:
        client.get("/search?q=a&city=Berlin")
    assert len(asked) == 4
    with queries() as asked:
        client.get("/search?q=zzz&city=Berlin")
    assert len(asked) == 6  # the list, the counts, what there is instead; no stock of nothing


def test_strangers_share_a_page_and_nobody_shares_theirs(
    client: Browser, seller: Seller, bob: Person
) -> None:
    make_event(seller, "A")
    for path in ("/", "/search", "/e/a"):
        public = client.get(path)
        assert public.headers["Cache-Control"].startswith("public, max-age=0, s-maxage=")
        assert "Set-Cookie" not in public.headers
        assert "Cookie" in public.headers["Vary"]
        assert bob.browser.get(path).headers["Cache-Control"] == "no-store"


def test_a_page_with_a_message_is_nobody_elses(client: Browser, seller: Seller) -> None:
    make_event(seller, "A")
    with client.session_transaction() as session:
        session["_flashes"] = [("warn", "Only for you")]
    page = client.get("/e/a")
    assert "Only for you" in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_the_site_map_lists_what_everybody_may_see(client: Browser, seller: Seller) -> None:
    make_event(seller, "Low Tide")
    make_event(seller, "Draft", status=EventStatus.DRAFT)
    make_event(seller, "Over", starts_at=NOON - DAY)
    answer = client.get("/sitemap.xml")
    assert answer.mimetype == "application/xml"
    assert texts(answer.text, "loc") == ["http://localhost/", "http://localhost/e/low-tide"]
    rules = client.get("/robots.txt").text.splitlines()
    assert "Sitemap: http://localhost/sitemap.xml" in rules
    assert "Disallow: /tickets" in rules
