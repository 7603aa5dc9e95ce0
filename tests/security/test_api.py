"""Programs: keys for one intended change, and what a body may be."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.inventory import counts
from tests.fixtures.program import program_of
from tests.fixtures.till import Till
from tests.people import Person
from tests.web.shop import hold, purchase, said
from tixapp.core.db import db
from tixapp.events.models import Event, Tier
from tixapp.gateways.stripe import StripeUnavailable
from tixapp.inventory.models import Hold
from tixapp.orders.models import IdempotencyKey, Order

# Case 57


def test_a_key_stands_for_one_request_of_one_account(
    app: Flask, till: Till, concert: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    shop, other = program_of(app, bob.user), program_of(app, carol.user)
    first = hold(shop, concert, floor, 2, once="k")
    again = hold(shop, concert, floor, 2, once="k")
    assert (first.status_code, again.status_code, again.data) == (201, 201, first.data)
    assert again.headers["Idempotent-Replayed"] == "true"
    for refused in (
        hold(shop, concert, floor, 1, once="k"),
        purchase(shop, concert, floor, 2, once="k"),
        shop.post("/checkout/sessions", {"reservation_id": said(first)["id"]}, once="k"),
    ):
        assert (refused.status_code, said(refused)["code"]) == (422, "idempotency_mismatch")
    theirs = hold(other, concert, floor, 1, once="k")
    assert theirs.status_code == 201
    assert said(theirs)["id"] != said(first)["id"]
    assert (counts(floor), till.calls) == ((3, 0), [])


def test_the_same_request_in_another_spelling_is_the_same_request(
    app: Flask, concert: Event, floor: Tier, bob: Person
) -> None:
    shop = program_of(app, bob.user)
    path = f"/events/{concert.public_id}/reservations"
    first = hold(shop, concert, floor, 2, once="k")
    spelled = json.dumps(
        {"items": [{"quantity": 2, "tier_id": floor.public_id}]}, indent=3, separators=(" ,", " : ")
    )
    headers = {"Idempotency-Key": "k"}
    again = shop.send("POST", path, data=spelled, headers=headers, content_type="application/json")
    assert (again.status_code, again.data) == (201, first.data)


@pytest.mark.parametrize("key", ["", "x" * 256, "x" * 10_000, "é", "\t", "a\tb", "\x7f", "☃"])
def test_a_key_is_printable_and_short(
    app: Flask, concert: Event, floor: Tier, bob: Person, key: str
) -> None:
    shop = program_of(app, bob.user)
    sent = key.encode().decode("latin-1")  # as bytes arrive in a header
    body = {"items": [{"tier_id": floor.public_id, "quantity": 1}]}
    headers = {"Idempotency-Key": sent}
    answer = shop.send(
        "POST", f"/events/{concert.public_id}/reservations", json=body, headers=headers
    )
    assert answer.status_code == 400
    assert counts(floor) == (0, 0)
    assert db.session.scalars(sa.select(IdempotencyKey)).all() == []


def test_a_change_without_a_key_is_refused(
    app: Flask, concert: Event, floor: Tier, bob: Person
) -> None:
    shop = program_of(app, bob.user)
    body = {"event_id": concert.public_id, "tier_id": floor.public_id, "quantity": 1}
    assert shop.send("POST", "/tickets/purchase", json=body).status_code == 400
    assert db.session.scalars(sa.select(Hold)).all() == []


def test_a_refusal_and_a_fault_leave_the_key_free(
    app: Flask, till: Till, concert: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    shop = program_of(app, bob.user)
    concert.paused_at = concert.created_at
    assert purchase(shop, concert, floor, 1, once="k").status_code == 409
    concert.paused_at = None
    till.fault(StripeUnavailable("no answer"))
    assert purchase(shop, concert, floor, 1, once="k").status_code == 503
    done = purchase(shop, concert, floor, 1, once="k")
    assert (done.status_code, said(done)["status"]) == (201, "PENDING")
    assert (len(till.sessions), counts(floor)) == (1, (1, 0))
    assert len(db.session.scalars(sa.select(Order)).all()) == 1


# Case 58


@pytest.mark.parametrize(
    ("raw", "content_type", "status"),
    [
        ("", "application/json", 422),
        ("null", "application/json", 400),
        ("[]", "application/json", 400),
        ('"x"', "application/json", 400),
        ("{", "application/json", 400),
        ("{'a': 1}", "application/json", 400),
        ('{"a": 1}', "text/plain", 415),
        ('{"a": 1}', "application/x-www-form-urlencoded", 415),
        ("a=1", "multipart/form-data; boundary=x", 415),
        ('{"a": 1, "a": 2}', "application/json", 422),
        ('{"quantity": 1' + "0" * 100_000 + "}", "application/json", 400),
        (b"\xff\xfe{\x00}\x00", "application/json", 400),
        (b'{"event_id": "\xc3\x28"}', "application/json", 400),
        ('{"event_id": "\\ud800"}', "application/json", 400),
        ('{"event_id": "\\u0000"}', "application/json", 422),
    ],
)
def test_a_body_is_one_json_object_in_utf8(
    app: Flask, bob: Person, raw: str | bytes, content_type: str, status: int
) -> None:
    shop = program_of(app, bob.user)
    headers = {"Idempotency-Key": "k"}
    answer = shop.send(
        "POST", "/tickets/purchase", data=raw, headers=headers, content_type=content_type
    )
    assert answer.status_code == status or (status, answer.status_code) == (400, 422)
    assert answer.content_type == "application/problem+json"
    assert db.session.scalars(sa.select(IdempotencyKey)).all() == []


def test_a_reservation_names_few_tiers(app: Flask, concert: Event, bob: Person) -> None:
    shop = program_of(app, bob.user)
    items = [{"tier_id": f"tier_{number}", "quantity": 1} for number in range(2_000)]
    answer = shop.post(f"/events/{concert.public_id}/reservations", {"items": items})
    assert answer.status_code == 422
    assert len(answer.data) < 10_000
    many = {f"member{number}": 1 for number in range(5_000)}
    answer = shop.post(f"/events/{concert.public_id}/reservations", many)
    assert answer.status_code == 422
