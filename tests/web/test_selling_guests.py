"""Guests: found, renamed, invited, and all of them as a file."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.factories.inventory import allowance, counts
from tests.factories.orders import buy, the_order, tickets_of
from tests.factories.sellers import make_seller
from tests.fixtures.mailbox import Mailbox
from tests.fixtures.till import Till
from tests.people import Person
from tests.web.html import attribute, texts
from tixapp.accounts.models import User
from tixapp.core.db import db
from tixapp.core.trail import history
from tixapp.events.models import Event, Tier
from tixapp.ops.audit import run_audit
from tixapp.orders.models import Gift, Order, OrderStatus
from tixapp.selling import exports
from tixapp.selling.queries.search import matching

pytestmark = pytest.mark.usefixtures("now", "client")
HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", 'a"b;c,d', "Ada\u0000"]


@pytest.fixture
def event(alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller, fee_passed_on=True)


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, capacity=10)


@pytest.fixture
def order(till: Till, bob: Person, event: Event, floor: Tier) -> Order:
    bob.user.name = "Ádám Lovelace"
    db.session.commit()
    return buy(till, event, bob.user, {floor: 2})


def ids(order: Order) -> list[str]:
    return [ticket.public_id for ticket in tickets_of(order)]


def search(person: Person, event: Event, text: str, page: str = "") -> list[str]:
    """The ids of the orders that a search shows."""
    path = f"/sell/events/{event.public_id}{page}"
    shown = person.browser.get(path, query_string={"q": text}).text
    links = attribute(shown, "a", "href")
    return sorted({(link or "")[13:] for link in links if (link or "").startswith("/sell/orders/")})


def rename(person: Person, order: Order, ticket: str, name: str) -> int:
    path = f"/sell/orders/{order.public_id}/tickets/{ticket}/name"
    return person.browser.submit(path, holder_name=name).status_code


def give(person: Person, event: Event, tier: Tier, **changed: str) -> int:
    said = {
        "tier": tier.public_id,
        "quantity": "2",
        "name": "Carla Guest",
        "email": "carla@example.com",
        "reason": "press",
    }
    path = f"/sell/events/{event.public_id}/gifts"
    return person.browser.submit(path, **(said | changed)).status_code


@pytest.mark.parametrize("page", ["", "/guests"])
@pytest.mark.parametrize(
    "text", ["lovel", "ADAM", "adam lovelace", "BOB@ex", "bob@example.com", "order", "ticket"]
)
def test_an_order_is_found_by_a_name_an_address_or_a_number(
    alice: Person, event: Event, order: Order, text: str, page: str
) -> None:
    wanted = {"order": order.public_id.upper(), "ticket": ids(order)[1].lower()}.get(text, text)
    assert search(alice, event, wanted, page) == [order.public_id]


@pytest.mark.parametrize("text", ["love lace", "ovelace", "b%", "bob_example", "'; --", "<&|!>"])
def test_what_nobody_is_called_is_not_found(
    alice: Person, event: Event, order: Order, text: str
) -> None:
    assert search(alice, event, text) == []


def test_a_search_stays_in_its_event(alice: Person, event: Event, order: Order) -> None:
    assert alice.seller
    other = make_event(alice.seller, "Elsewhere")
    for text in ("lovelace", order.public_id, ids(order)[0], "bob@example.com"):
        assert search(alice, other, text) == search(alice, other, text, "/guests") == []


def test_a_search_is_read_page_by_page(
    till: Till, alice: Person, bob: Person, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tixapp.selling.views.events.ORDERS_A_PAGE", 2)
    tier = make_tier(event, capacity=50)
    orders = [buy(till, event, bob.user, {tier: 1}).public_id for _ in range(5)]
    path: str | None = f"/sell/events/{event.public_id}?q=bob"
    seen: list[str] = []
    while path:
        page = alice.browser.get(path).text
        links = attribute(page, "a", "href")
        seen += [(link or "")[13:] for link in links if (link or "").startswith("/sell/orders/")]
        path = next(iter(attribute(page, "a", "href", rel="next")), None)
    assert seen == orders[::-1]


def test_each_way_to_an_order_has_its_index(
    till: Till, event: Event, floor: Tier, order: Order
) -> None:
    db.session.execute(
        sa.text(
            "INSERT INTO users"
            " (public_id, email, email_key, name, password_hash, created_at, is_admin)"
            " SELECT 'usr_' || n, n || '@x.org', n || '@x.org', 'P' || n, '', now(), false"
            " FROM generate_series(1, 5000) n"
        )
    )
    db.session.execute(
        sa.text(
            "INSERT INTO holds (public_id, event_id, user_id, status, placed_at, expires_at)"
            " SELECT public_id, :event, id, 'converted', now(), now() FROM users"
        ),
        {"event": event.id},
    )
    db.session.execute(
        sa.text(
            "INSERT INTO orders (public_id, event_id, buyer_id, hold_id, status, currency,"
            " subtotal_minor, fee_minor, total_minor, placed_at)"
            " SELECT public_id, event_id, user_id, id, 'expired', 'EUR', 1, 0, 1, placed_at"
            " FROM holds h WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.hold_id = h.id)"
        )
    )
    for table in ("users", "orders", "tickets"):
        db.session.execute(sa.text(f"ANALYZE {table}"))
    db.session.execute(sa.text("SET LOCAL enable_seqscan = off"))  # there are four tickets
    query = matching(event.id, "lovelace").compile(
        db.engine, compile_kwargs={"literal_binds": True}
    )
    plan = "\n".join(db.session.scalars(sa.text(f"EXPLAIN {query}".replace("%%", "%"))))
    assert "Seq Scan" not in plan
    for index in ("ix_users_name_words", "ix_users_email_start", "uq_tickets_public_id"):
        assert index in plan, plan


def test_a_ticket_gets_another_name_and_keeps_its_code(
    alice: Person, event: Event, order: Order
) -> None:
    first, second = ids(order)
    assert rename(alice, order, first, " Grace\nHopper ") == 303
    assert [t.holder_name for t in tickets_of(order)] == ["Grace Hopper", "Ádám Lovelace"]
    assert ids(order) == [first, second]
    assert search(alice, event, "hopper") == [order.public_id]
    assert (
        "Ádám Lovelace, now Grace Hopper"
        in alice.browser.get(f"/sell/orders/{order.public_id}").text
    )
    [deed] = history(order.public_id)
    assert (deed.deed, deed.by) == ("ticket.renamed", alice.id)


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_a_name_that_is_none_changes_nothing(alice: Person, order: Order, name: str) -> None:
    assert rename(alice, order, ids(order)[0], name) == 303
    assert {t.holder_name for t in tickets_of(order)} == {"Ádám Lovelace"}


def test_a_ticket_of_another_order_or_a_void_one_keeps_its_name(
    till: Till, alice: Person, carol: Person, event: Event, floor: Tier, order: Order
) -> None:
    hers = buy(till, event, carol.user, {floor: 1})
    assert rename(alice, order, ids(hers)[0], "Mallory") == 404
    alice.browser.submit(f"/sell/orders/{hers.public_id}/refund", ticket=ids(hers), fee="with")
    rename(alice, hers, ids(hers)[0], "Mallory")
    assert [t.holder_name for t in tickets_of(hers)] == ["Carol"]


def test_tickets_are_given_away_with_a_reason_and_count_as_places(
    alice: Person, event: Event, floor: Tier, work: Callable[[], Mailbox]
) -> None:
    assert give(alice, event, floor) == 303
    order = db.session.query(Order).one()
    guest = db.session.get_one(User, order.buyer_id)
    gift = db.session.query(Gift).one()
    assert (gift.given_by, gift.reason) == (alice.id, "press")
    assert (order.total_minor, order.status) == (0, OrderStatus.PAID)
    assert counts(floor) == (0, 2)
    assert allowance(event, guest) == (0, 2)
    assert [t.holder_name for t in tickets_of(order)] == ["Carla Guest"] * 2
    assert [letter.subject for letter in work().to("carla@example.com")] == [
        "Your tickets: Night Trains"
    ]
    page = alice.browser.get(f"/sell/orders/{order.public_id}").text
    assert "2 tickets, press" in page
    assert guest.confirmed_at is None
    assert run_audit() == []


def test_a_guest_who_has_an_account_gets_them_there_and_may_decline(
    till: Till, alice: Person, bob: Person, carol: Person, event: Event, floor: Tier
) -> None:
    assert give(alice, event, floor, email="BOB@example.com") == 303
    order = db.session.query(Order).one()
    assert order.buyer_id == bob.id
    path = f"/orders/{order.public_id}"
    assert "You are invited" in bob.browser.get(path).text
    assert carol.browser.submit(f"{path}/decline").status_code == 404
    assert bob.browser.submit(f"{path}/decline").status_code == 303
    assert the_order(order.public_id).status == OrderStatus.CANCELLED
    assert counts(floor) == (0, 0)
    assert run_audit() == []


def test_what_was_paid_for_is_not_declined(bob: Person, event: Event, order: Order) -> None:
    assert bob.browser.submit(f"/orders/{order.public_id}/decline").status_code == 404
    assert {t.status for t in tickets_of(order)} == {"valid"}


@pytest.mark.parametrize(
    "changed",
    [
        {"quantity": "11"},
        {"quantity": "0"},
        {"quantity": "1.5"},
        {"email": "carla"},
        {"email": "a@x.com\nb@x.com"},
        {"name": ""},
        {"reason": ""},
    ],
)
def test_a_gift_that_makes_no_sense_or_has_no_place_is_refused_whole(
    alice: Person, event: Event, floor: Tier, changed: dict[str, str]
) -> None:
    assert give(alice, event, floor, **changed) == 422
    assert db.session.query(Order).count() == 0
    assert counts(floor) == (0, 0)
    assert db.session.query(User).filter_by(email="carla@example.com").count() == 0


def exported(person: Person, event: Event, what: str, kind: str = "csv") -> bytes:
    answer = person.browser.get(f"/sell/events/{event.public_id}/{what}.{kind}")
    assert answer.status_code == 200
    return answer.data


def rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def test_the_files_hold_every_guest_and_order_in_several_batches(
    till: Till, alice: Person, event: Event, floor: Tier, order: Order,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(exports, "BATCH", 1)
    give(alice, event, floor)
    guests = rows(exported(alice, event, "guests"))
    assert [(row[1], row[3], row[5]) for row in guests[1:]] == [
        ("Ádám Lovelace", "valid", "bob@example.com"),
        ("Ádám Lovelace", "valid", "bob@example.com"),
        ("Carla Guest", "valid", "carla@example.com"),
        ("Carla Guest", "valid", "carla@example.com"),
    ]
    orders = rows(exported(alice, event, "orders"))
    assert orders[1][5:] == ["2", "50.00", "", "0.00", "50.00", "50.50", "0.50", "0.00", ""]
    assert orders[2][5:] == ["2", "0.00", "", *["0.00"] * 5, "press"]
    assert [deed.deed for deed in history(event.public_id)] == ["event.exported"] * 2


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text_in_a_file_whatever_it_begins_with(
    alice: Person, event: Event, order: Order, name: str
) -> None:
    db.session.execute(
        sa.text("UPDATE tickets SET holder_name = :name"), {"name": name.replace("\0", "")}
    )
    cell = rows(exported(alice, event, "guests"))[1][1]
    assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t"))
    with zipfile.ZipFile(io.BytesIO(exported(alice, event, "guests", "xlsx"))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert 't="inlineStr"' in sheet


@pytest.mark.parametrize("who", ["door", "buyer", "another seller"])
def test_others_find_rename_give_and_take_nothing(
    alice: Person, bob: Person, dan: Person, event: Event, floor: Tier, order: Order, who: str
) -> None:
    frank = make_user("Frank")
    make_seller(frank, "Frank's Barn")
    person = {"door": dan, "buyer": bob, "another seller": Person(bob.app, frank)}[who]
    here = f"/sell/events/{event.public_id}"
    for path in ("guests", "guests.csv", "guests.xlsx", "orders.csv", "gifts"):
        answer = person.browser.get(f"{here}/{path}")
        assert (answer.status_code, "Lovelace" in answer.text) == (404, False)
    assert give(person, event, floor) == 404
    assert rename(person, order, ids(order)[0], "Mallory") == 404
    assert {t.holder_name for t in tickets_of(order)} == {"Ádám Lovelace"}
    assert texts(alice.browser.get(f"{here}/guests").text, "h1") == ["Guests"]
