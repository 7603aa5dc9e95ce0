"""The list of a door, against real commits: signed, sealed, whole, and then only what changed."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from time import sleep
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask

from tests.factories.doors import make_gate, make_keys, make_phone
from tests.factories.events import make_event, make_tier
from tests.factories.tickets import make_ticket
from tests.fixtures.app import new_browser
from tests.fixtures.browser import Browser
from tests.people import Person
from tixapp.core.db import db, transaction
from tixapp.door.lists import Wish, door_list
from tixapp.events.models import Event, Tier
from tixapp.tickets.actions import Door, check_in_by_id, void_refunded
from tixapp.tickets.keys import ticket_codes
from tixapp.tickets.models import Ticket, TicketStatus


@pytest.fixture
def tonight(app: Flask, now: datetime, alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller, "Night Trains")


@pytest.fixture
def floor(tonight: Event) -> Tier:
    return make_tier(tonight, "Floor")


@pytest.fixture
def phone(app: Flask, tonight: Event, alice: Person) -> Browser:
    browser = new_browser(app)
    make_phone(tonight, make_gate(tonight), alice.user).signs_in(browser)
    return browser


@pytest.fixture
def ask(phone: Browser, tonight: Event) -> Callable[..., dict[str, Any]]:
    def asked(**arguments: str) -> dict[str, Any]:
        answer = phone.get(f"/scan/{tonight.public_id}/list", query_string=arguments)
        assert answer.status_code == 200
        check_signature(tonight, answer.data, answer.headers["Door-Signature"])
        found = json.loads(answer.data)
        assert isinstance(found, dict)
        return found

    return asked


def check_signature(event: Event, body: bytes, signature: str) -> None:
    """As a phone does, with the key it was given when it was paired. Raises when it is wrong."""
    [key] = make_keys().list_keys
    text = f"tixapp.door.list.1:{event.public_id}:{hashlib.sha256(body).hexdigest()}"
    Ed25519PublicKey.from_public_bytes(raw(key)).verify(raw(signature), text.encode())


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def opened(seal: str, material: bytes, label: str) -> bytes:
    derived = HKDF(SHA256(), 28, salt=None, info=label.encode()).derive(material)
    return AESGCM(derived[:16]).decrypt(derived[16:], raw(seal), None)


def wait_for_the_others() -> None:
    """Until all transactions that are older than our rows are over: other tests on the same
    server have theirs. Until then a delta repeats what a phone has already."""
    waiting = sa.text(
        "SELECT (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint"
        " <= (SELECT max(door_mark) FROM tickets)"
    )
    for _ in range(600):
        db.session.commit()
        if not db.session.scalar(waiting):
            return
        sleep(0.05)
    raise AssertionError("somebody's transaction is open for half a minute")


def ids(answer: dict[str, Any]) -> set[str]:
    return {row[0] for row in answer["rows"]}


def test_the_whole_list_says_of_each_ticket_what_a_door_needs(
    ask: Callable[..., dict[str, Any]], floor: Tier, bob: Person, dan: Person, now: datetime
) -> None:
    valid, used, gone, frozen = (
        make_ticket(floor, bob.user),
        make_ticket(floor, bob.user),
        make_ticket(floor, bob.user, status=TicketStatus.REFUNDED),
        make_ticket(floor, bob.user, frozen_at=now),
    )
    with transaction():
        door = Door(floor.event_id, dan.id, "North", gate_number=1)
        check_in_by_id(used.public_id, door=door, scan_id=None, scanned_at=now, now=now)
    answer = ask()
    rows = {row[0]: row[1:7] for row in answer["rows"]}
    assert rows == {
        valid.public_id: [0, "v", 0, 0, 0, ""],
        used.public_id: [0, "u", 1, int(now.timestamp()), 1, ""],
        gone.public_id: [0, "r", 0, 0, 0, ""],
        frozen.public_id: [0, "c", 0, 0, 0, ""],
    }
    assert answer["head"]["counts"] == {"admitted": 1, "expected": 3, "inside": 1}
    assert answer["head"]["gates"] == [{"number": 1, "name": "North", "tiers": None}]
    assert (answer["since"], answer["more"]) == (None, None)


def test_a_name_opens_with_its_own_code_and_with_nothing_else(
    ask: Callable[..., dict[str, Any]], floor: Tier, bob: Person
) -> None:
    ticket = make_ticket(floor, bob.user, holder_name="Ada Lövelace")
    other = make_ticket(floor, bob.user, holder_name="Bob B.")
    answer = ask()
    [seal] = [row[7] for row in answer["rows"] if row[0] == ticket.public_id]
    label = f"tixapp.door.name.1:{ticket.public_id}"
    signature = ticket_codes().signature_of(ticket.public_id)
    assert opened(seal, signature, label).decode() == "Ada Lövelace"
    with pytest.raises(InvalidTag):
        opened(seal, ticket_codes().signature_of(other.public_id), label)
    assert "Ada" not in json.dumps(answer, ensure_ascii=False)


def test_a_rotating_code_opens_its_mac_key(
    ask: Callable[..., dict[str, Any]], tonight: Event, floor: Tier, bob: Person, now: datetime
) -> None:
    tonight.has_rotating_codes = True
    db.session.commit()
    ticket = make_ticket(floor, bob.user, holder_name="Ada")
    [row] = ask()["rows"]
    [secret] = make_keys()._rotating.secrets(ticket.public_id)
    label = f"tixapp.door.rotating.1:{ticket.public_id}"
    text = opened(row[8], secret.opener.encode(), label)
    assert (text[:16], text[16:]) == (secret.mac_key, b"Ada")


def test_a_delta_has_what_changed_and_nothing_else(
    ask: Callable[..., dict[str, Any]], floor: Tier, bob: Person, dan: Person, now: datetime
) -> None:
    tickets = [make_ticket(floor, bob.user) for _ in range(5)]
    wait_for_the_others()
    first = ask()
    assert ids(first) == {ticket.public_id for ticket in tickets}
    again = ask(since=first["seq"])
    assert (again["rows"], again["seq"], again["since"]) == ([], first["seq"], first["seq"])
    with transaction():
        check_in_by_id(
            tickets[1].public_id,
            door=Door(floor.event_id, dan.id, "North"),
            scan_id=None,
            scanned_at=now,
            now=now,
        )
    with transaction():
        void_refunded([db.session.get_one(Ticket, tickets[2].id)], refund_id=None)
    new = make_ticket(floor, bob.user)
    wait_for_the_others()
    delta = ask(since=first["seq"])
    assert {row[0]: row[2] for row in delta["rows"]} == {
        tickets[1].public_id: "u",
        tickets[2].public_id: "r",
        new.public_id: "v",
    }
    assert ask(since=delta["seq"])["rows"] == []


def test_a_change_that_was_still_open_when_the_list_was_read_comes_with_the_next(
    ask: Callable[..., dict[str, Any]], floor: Tier, bob: Person
) -> None:
    """The trap of counted lists: the later number commits first, and the earlier is never seen."""
    slow, quick = make_ticket(floor, bob.user), make_ticket(floor, bob.user)
    wait_for_the_others()
    known = ask()["seq"]
    change = sa.text("UPDATE tickets SET holder_name = 'X' WHERE id = :id")
    with db.engine.connect() as connection:
        connection.execute(change, {"id": slow.id})
        db.session.execute(change, {"id": quick.id})
        db.session.commit()
        between = ask(since=known)
        assert ids(between) == {quick.public_id}
        connection.commit()
    assert slow.public_id in ids(ask(since=between["seq"]))


def test_a_list_nobody_gave_is_answered_with_the_whole(
    ask: Callable[..., dict[str, Any]], floor: Tier, bob: Person
) -> None:
    make_ticket(floor, bob.user)
    epoch, _, mark = ask()["seq"].partition(".")
    for strange in (
        f"{int(epoch) + 1}.{mark}",
        f"{epoch}.{int(mark) + 10**9}",
        "x",
        "1.",
        "\0",
        "-1.2",
    ):
        answer = ask(since=strange)
        assert (answer["since"], len(answer["rows"])) == (None, 1)


def test_pages_of_one_list_have_one_seq_and_miss_nothing(
    ask: Callable[..., dict[str, Any]], floor: Tier, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tixapp.door.lists.ROWS_A_PAGE", 3)
    wanted = {make_ticket(floor, bob.user).public_id for _ in range(7)}
    wait_for_the_others()
    page = ask()
    found, seqs, pages = ids(page), {page["seq"]}, 1
    while page["more"]:
        make_ticket(floor, bob.user)
        page = ask(more=page["more"])
        found, seqs, pages = found | ids(page), seqs | {page["seq"]}, pages + 1
    assert wanted <= found
    assert (len(seqs), pages) == (1, 3)
    assert len(found | ids(ask(since=page["seq"]))) == 9


def test_nothing_new_is_three_hundred_and_four(
    phone: Browser, tonight: Event, floor: Tier, bob: Person
) -> None:
    make_ticket(floor, bob.user)
    wait_for_the_others()
    path = f"/scan/{tonight.public_id}/list"
    seq = phone.get(path).get_json()["seq"]
    answer = phone.get(path, query_string={"since": seq})
    again = phone.get(
        path, query_string={"since": seq}, headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (again.status_code, again.data) == (304, b"")
    zipped = phone.get(path, headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["Content-Encoding"] == "gzip"


def test_a_delta_asks_as_much_of_ten_thousand_tickets_as_of_ten(
    tonight: Event, floor: Tier, bob: Person, now: datetime, queries: Callable[[], Any]
) -> None:
    line = make_ticket(floor, bob.user)
    copies = sa.text(
        "INSERT INTO tickets (public_id, order_id, order_line_id, number, event_id, tier_id,"
        " holder_id, holder_name, status, issued_at)"
        " SELECT translate(lpad(n::text, 13, 'A'), '0189', 'WXYZ'), order_id, order_line_id, n + 1,"
        " event_id, tier_id, holder_id, holder_name, status, issued_at"
        " FROM tickets, generate_series(1, 10000) n"
    )
    db.session.execute(copies)
    db.session.commit()
    db.session.execute(sa.text("ANALYZE tickets"))
    db.session.commit()
    wait_for_the_others()
    with transaction():
        seq = door_list(tonight, Wish.read(None, None), make_keys(), now=now)["seq"]
    with transaction():
        db.session.get_one(Ticket, line.id).holder_name = "New"
    with queries() as asked, transaction():
        delta = door_list(tonight, Wish.read(seq, None), make_keys(), now=now)
    assert (len(delta["rows"]), len(asked)) == (1, 7)
    plan = "\n".join(
        db.session.scalars(
            sa.text(
                "EXPLAIN SELECT * FROM tickets WHERE event_id = :event AND door_mark >= :mark"
                " ORDER BY public_id LIMIT 5001"
            ),
            {"event": tonight.id, "mark": int(seq.split(".")[1])},
        )
    )
    assert "ix_tickets_event_id_door_mark" in plan, plan
    assert "Seq Scan" not in plan
