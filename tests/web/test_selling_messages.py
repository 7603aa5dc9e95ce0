"""Messages to buyers: one letter a person, resumed after a crash, and news that can be stopped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from itsdangerous import URLSafeSerializer

from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.factories.orders import buy
from tests.factories.sellers import make_seller
from tests.fixtures.browser import Browser
from tests.fixtures.mailbox import Mailbox
from tests.fixtures.till import Till
from tests.people import Person
from tixapp.core.db import db
from tixapp.events.models import Event, Tier
from tixapp.gateways.mail import SmtpMailer
from tixapp.selling import messages_to_buyers
from tixapp.selling.messages_to_buyers import Message, Unsubscription, send_messages

pytestmark = pytest.mark.usefixtures("now", "client")


@pytest.fixture
def event(alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller)


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, capacity=50)


@pytest.fixture
def buyers(till: Till, bob: Person, carol: Person, event: Event, floor: Tier) -> list[Person]:
    """Bob has two orders; carol sits on the balcony."""
    balcony = make_tier(event, "Balcony", capacity=5)
    buy(till, event, bob.user, {floor: 2})
    buy(till, event, bob.user, {floor: 1})
    buy(till, event, carol.user, {balcony: 1})
    return [bob, carol]


def write(person: Person, event: Event, **changed: str) -> Any:
    said = {
        "kind": "visit",
        "tier": "",
        "subject": "Doors open early",
        "text": "At six.\n\nBring a <b>coat</b> {{7*7}}.",
        "send": "1",
    }
    wanted = {name: value for name, value in (said | changed).items() if value or name == "tier"}
    return person.browser.submit(f"/sell/events/{event.public_id}/messages", **wanted)


def letters(mailbox: Mailbox, person: Person, subject: str = "Doors open early") -> list[Any]:
    return [letter for letter in mailbox.to(person.email) if letter.subject == subject]


def test_a_message_is_looked_at_before_it_is_sent(
    alice: Person, event: Event, buyers: list[Person]
) -> None:
    page = write(alice, event, send="")
    assert (page.status_code, "To 2 people" in page.text) == (200, True)
    assert "&lt;b&gt;coat&lt;/b&gt; {{7*7}}" in page.text
    assert db.session.query(Message).count() == 0


def test_each_person_gets_one_letter_with_the_words_as_they_are(
    alice: Person, event: Event, buyers: list[Person], work: Callable[[], Mailbox]
) -> None:
    assert write(alice, event).status_code == 303
    assert send_messages() == 2
    mailbox = work()
    for person in buyers:
        [letter] = letters(mailbox, person)
        assert "&lt;b&gt;coat&lt;/b&gt; {{7*7}}." in letter.html
        assert "unsubscribe/" not in letter.text
    assert "2 of 2" in alice.browser.get(f"/sell/events/{event.public_id}/messages").text


def test_a_message_to_one_tier_goes_to_nobody_else(
    alice: Person, event: Event, floor: Tier, buyers: list[Person], work: Callable[[], Mailbox]
) -> None:
    write(alice, event, tier=floor.public_id)
    send_messages()
    assert [len(letters(work(), person)) for person in buyers] == [1, 0]


def test_a_worker_that_dies_half_way_is_carried_on_by_the_next(
    alice: Person, event: Event, buyers: list[Person], work: Callable[[], Mailbox],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(messages_to_buyers, "BATCH", 1)
    write(alice, event)
    real, calls = messages_to_buyers.write_letter, []

    def dies(*given: Any, **more: Any) -> bool:
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*given, **more)

    monkeypatch.setattr(messages_to_buyers, "write_letter", dies)
    with pytest.raises(KeyboardInterrupt):
        send_messages()
    assert db.session.query(Message).one().written == 1
    send_messages()
    assert [len(letters(work(), person)) for person in buyers] == [1, 1]
    done = db.session.query(Message).one()
    assert (done.written, done.done_at is not None) == (2, True)
    assert send_messages() == 0


def test_three_a_day_and_no_more(alice: Person, event: Event, buyers: list[Person], at) -> None:
    for _ in range(4):
        write(alice, event)
    assert db.session.query(Message).count() == 3
    at(timedelta(days=1, minutes=1))
    write(alice, event)
    assert db.session.query(Message).count() == 4


@pytest.mark.parametrize(
    "changed",
    [
        {"subject": ""},
        {"text": ""},
        {"kind": "spam"},
        {"tier": "tier_other"},
        {"subject": "x" * 121},
        {"text": "x" * 5001},
    ],
)
def test_a_message_that_says_nothing_is_refused(
    alice: Person, event: Event, buyers: list[Person], changed: dict[str, str]
) -> None:
    assert write(alice, event, **changed).status_code == 422
    assert db.session.query(Message).count() == 0


def test_a_subject_is_one_line(alice: Person, event: Event, buyers: list[Person]) -> None:
    write(alice, event, subject="Hello\r\nBcc: x@y.com")
    assert db.session.query(Message).one().subject == "Hello Bcc: x@y.com"


def test_news_can_be_stopped_with_one_click_and_what_an_order_needs_comes_all_the_same(
    client: Browser, alice: Person, bob: Person, event: Event, buyers: list[Person],
    work: Callable[[], Mailbox],
) -> None:  # fmt: skip
    write(alice, event, kind="news")
    send_messages()
    [letter] = letters(work(), bob)
    [link] = [one.text for one in letter.attachments if one.is_link]
    path = "/" + link.split("/", 3)[3]
    assert path in letter.text
    message = SmtpMailer("h", 1, "a@example.com", "tixapp")._message(letter)
    assert message["List-Unsubscribe"] == f"<{link}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "x-list-unsubscribe" not in message.as_string()

    assert client.get(path).status_code == 200
    assert db.session.query(Unsubscription).count() == 0
    answer = client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "You get no more news" in answer.text
    write(alice, event, kind="news", subject="More news")
    write(alice, event, subject="The time has changed")
    send_messages()
    mailbox = work()
    assert letters(mailbox, bob, "More news") == []
    assert len(letters(mailbox, bob, "The time has changed")) == 1


def test_a_link_of_another_purpose_stops_nothing(
    client: Browser, alice: Person, bob: Person, event: Event
) -> None:
    assert alice.seller
    ids = [alice.seller.public_id, bob.user.public_id]
    secret = client.application.config["SECRET_KEY"]
    for token in (
        URLSafeSerializer(secret, salt="something else").dumps(ids),
        URLSafeSerializer("guessed", salt=messages_to_buyers.SALT).dumps(ids),
        URLSafeSerializer(secret, salt=messages_to_buyers.SALT).dumps("x"),
        "x",
    ):
        assert client.post(f"/unsubscribe/{token}").status_code == 404
    assert db.session.query(Unsubscription).count() == 0


@pytest.mark.parametrize("who", ["door", "buyer", "another seller"])
def test_others_write_to_nobody(
    alice: Person, bob: Person, dan: Person, event: Event, buyers: list[Person], who: str
) -> None:
    frank = Person(bob.app, make_user("Frank"))
    make_seller(frank.user, "Frank's Barn")
    person = {"door": dan, "buyer": bob, "another seller": frank}[who]
    assert person.browser.get(f"/sell/events/{event.public_id}/messages").status_code == 404
    assert write(person, event).status_code == 404
    assert db.session.query(Message).count() == 0
