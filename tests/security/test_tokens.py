"""What is signed: tickets, links, keys, and the secrets that they are signed with."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask

from tests.factories.inventory import counts
from tests.factories.orders import tickets_of
from tests.fixtures.app import new_browser
from tests.fixtures.program import program_of
from tests.fixtures.settings import make_settings
from tests.fixtures.till import Till
from tests.people import Person
from tests.web.shop import said
from tixapp.accounts.models import LoginLink, User, UserSession
from tixapp.config import ConfigError, Settings
from tixapp.core.db import db
from tixapp.events.models import Event, Tier
from tixapp.orders.models import Order
from tixapp.tickets.codes import TicketCodes, UnknownCode
from tixapp.tickets.keys import ticket_codes
from tixapp.tickets.models import CheckIn, Ticket

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
OURS, THEIRS = bytes(range(32)), bytes(range(1, 33))


# Case 53


def respelled(code: str) -> Iterator[str]:
    """Other ways to write a code, some of which decode to the very same bytes."""
    head, _, signature = code.partition(".")
    yield from (f"{head}.{signature[:-1]}{letter}" for letter in ALPHABET if letter != code[-1])
    yield from (f"{head[:-1]}{letter}.{signature}" for letter in ALPHABET if letter != head[-1])
    yield from (code.lower(), code.swapcase(), f"{head}.{signature}=", f"{head}.{signature}======")
    yield from (f"{code}\n{code}", f"{code}.", f".{code}", code[:-1], code[1:], code + "A")
    yield from (code.replace("T", "U", 1), code.replace(".", ""), code.replace(".", "\uff0e"))
    yield from (f"\u200b{code}", f"{code}\x00", f"\ufeff{code}", code.replace("O", "0"), code * 100)
    yield from (head, signature, "", ".", "T.", f"{head}.", f"{head}.{'A' * 103}", "A" * 1_000_000)
    yield from (f"{head}.{signature}.{signature}", f"{head} .{signature}", f"{head}.\r{signature}")


def admits(app: Flask, staff: Person, event: Event, code: str) -> str:
    headers = {"X-CSRFToken": staff.browser.csrf_token()}
    answer = staff.browser.post(
        f"/scan/{event.public_id}/check-ins", json={"code": code}, headers=headers
    )
    return str(said(answer)["result"]) if answer.status_code == 200 else str(answer.status_code)


def test_a_code_has_one_spelling_and_no_alias_ever_admits(
    app: Flask, order: Order, concert: Event, dan: Person
) -> None:
    codes = ticket_codes()
    first, second = (codes.code_for(ticket.public_id) for ticket in tickets_of(order))
    for alias in respelled(first):
        if alias.strip() == first:
            continue
        with pytest.raises(UnknownCode):
            codes.read(alias)
    program = program_of(app, dan.user)
    for alias in (f"{first}=", first.lower(), f"{first[:-1]}{'A' if first[-1] != 'A' else 'B'}"):
        assert admits(app, dan, concert, alias) == "unknown"
        body = {"code": alias, "event_id": concert.public_id}
        assert said(program.post("/tickets/validate", body)) == {"result": "unknown"}
    huge = dan.browser.post(
        f"/scan/{concert.public_id}/check-ins",
        json={"code": "A" * 900_000},
        headers={"X-CSRFToken": dan.browser.csrf_token()},
    )
    assert said(huge)["result"] == "unknown"
    assert db.session.scalars(sa.select(CheckIn)).all() == []
    assert admits(app, dan, concert, first) == "admitted"
    for alias in (first, f" {first}\n", tickets_of(order)[0].public_id):
        body = {"code": alias, "event_id": concert.public_id}
        again = said(program.post("/tickets/validate", body))["result"]
        assert again in {"already_used", "unknown"}
    assert len(db.session.scalars(sa.select(CheckIn)).all()) == 1
    assert admits(app, dan, concert, second) == "admitted"


def test_a_code_signed_by_another_key_or_for_another_use_is_unknown(order: Order) -> None:
    ticket_id = tickets_of(order)[0].public_id
    codes, foreign = TicketCodes(OURS), TicketCodes(THEIRS)
    key = Ed25519PrivateKey.from_private_bytes(OURS)

    def signed(message: bytes) -> str:
        signature = base64.b32encode(key.sign(message)).decode().rstrip("=")
        return f"T{ticket_id}.{signature}"

    assert codes.read(codes.code_for(ticket_id)) == ticket_id
    salted = b"tixapp.ticket.1:T" + ticket_id.encode()
    assert codes.read(signed(salted)) == ticket_id
    for message in (
        b"T" + ticket_id.encode(),  # without the salt of its purpose
        b"tixapp.ticket.2:T" + ticket_id.encode(),
        b"tixapp.ticket.1:U" + ticket_id.encode(),
        salted + b" ",
    ):
        with pytest.raises(UnknownCode):
            codes.read(signed(message))
    with pytest.raises(UnknownCode):
        codes.read(foreign.code_for(ticket_id))


# Case 54


def test_a_token_of_one_purpose_is_nothing_for_another(
    app: Flask, order: Order, concert: Event, bob: Person, dan: Person, work
) -> None:
    new_browser(app).submit("/forgotten", email=bob.email)
    link = work().last_link(bob.email).partition("token=")[2]
    with bob.browser.session_transaction() as session:
        cookie = session["_user_id"]
    made = bob.browser.submit("/account/keys", label="shop", scopes="read")
    key = "tix_" + made.text.split("tix_")[1][:43]
    code = ticket_codes().code_for(tickets_of(order)[0].public_id)
    form = bob.browser.csrf_token()
    tokens = {"link": link, "cookie": cookie, "key": key, "code": code, "form": form}
    for kind, token in tokens.items():
        stranger = new_browser(app)
        with stranger.session_transaction() as session:
            session["_user_id"] = token
        bearer = {"Authorization": f"Bearer {token}"}
        opened = {
            "cookie": stranger.get("/account").status_code == 200,
            "key": stranger.get("/api/v1/me/orders", headers=bearer).status_code == 200,
            "link": stranger.get("/reset", query_string={"token": token}).status_code == 200,
            "confirm": stranger.get("/confirm", query_string={"token": token}).status_code == 200,
            "change": stranger.get(f"/account/new-address?token={token}").status_code == 200,
            "code": admits(app, dan, concert, token) == "admitted",
        }
        assert {name for name, works in opened.items() if works} == {kind} - {"form"}, kind
    assert len(db.session.scalars(sa.select(LoginLink)).all()) == 1
    assert db.session.scalars(sa.select(UserSession.ended_at)).all() != []


def test_a_cookie_signed_with_another_secret_is_nobody(app: Flask, bob: Person) -> None:
    with bob.browser.session_transaction() as session:
        token = session["_user_id"]
    right = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    assert right is not None
    before = app.secret_key
    app.secret_key = "another secret that somebody has guessed"
    forged = app.session_interface.get_signing_serializer(app).dumps({"_user_id": token})  # type: ignore[attr-defined]
    app.secret_key = before
    browser = new_browser(app)
    browser.set_cookie("tixapp", forged)
    assert browser.get("/account").status_code == 303
    browser.set_cookie("tixapp", right.dumps({"_user_id": token}))
    assert browser.get("/account").status_code == 200
    browser.set_cookie("tixapp", right.dumps({"_user_id": str(bob.id)}))
    assert browser.get("/account").status_code == 303


# Case 55


def test_a_ticket_that_goes_back_is_dead_at_the_door_at_once(
    app: Flask, till: Till, order: Order, concert: Event, floor: Tier, bob: Person, dan: Person
) -> None:
    concert.return_hours = 1
    ticket = tickets_of(order)[0]
    code = ticket_codes().code_for(ticket.public_id)
    path = f"/orders/{order.public_id}/return-tickets"
    assert bob.browser.submit(path, ticket=ticket.public_id).status_code == 303
    assert admits(app, dan, concert, code) == "refunded"
    body = {"code": ticket.public_id, "event_id": concert.public_id}
    typed = program_of(app, dan.user).post("/tickets/validate", body)
    assert said(typed)["result"] == "refunded"
    assert counts(floor) == (0, 1)
    assert db.session.scalars(sa.select(CheckIn)).all() == []


def test_tickets_of_a_former_key_admit_until_the_key_is_dropped(
    app: Flask, order: Order, concert: Event, dan: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = [ticket_codes().code_for(ticket.public_id) for ticket in tickets_of(order)]
    before: Settings = app.extensions["settings"]
    rotated = replace(before, ticket_signing_key=THEIRS, ticket_previous_keys=(OURS,))
    monkeypatch.setitem(app.extensions, "settings", rotated)
    assert ticket_codes().code_for(tickets_of(order)[0].public_id) not in old
    assert admits(app, dan, concert, old[0]) == "admitted"
    dropped = replace(before, ticket_signing_key=THEIRS, ticket_previous_keys=())
    monkeypatch.setitem(app.extensions, "settings", dropped)
    assert admits(app, dan, concert, old[1]) == "unknown"


# Case 56


def settings_with(**others: str) -> Settings:
    return make_settings(database_url="postgresql://x/y", redis_url="redis://x", **others)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", " "),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "x" * 31),
        ("SECRET_KEY", "a" * 64),
        ("SECRET_KEY", "changeme" * 8),
        ("SECRET_KEY", "change-me-change-me-change-me-change-me"),
        ("SECRET_KEY", "0123456789" * 4),
        ("TICKET_SIGNING_KEY", ""),
        ("TICKET_SIGNING_KEY", "c2hvcnQ="),
        ("TICKET_SIGNING_KEY", "not base64 at all"),
        ("TICKET_SIGNING_KEY", base64.b64encode(bytes(32)).decode()),
        ("TICKET_PREVIOUS_KEYS", "c2hvcnQ="),
        ("ENVIRONMENT", "prod"),
        ("DATABASE_URL", "sqlite:///x"),
        ("STRIPE_WEBHOOK_SECRET", ""),
        ("STRIPE_CONNECT_WEBHOOK_SECRET", ""),
        ("FLASK_DEBUG", "1"),
        ("FLASK_DEBUG", "true"),
        ("FLASK_DEBUG", "yes"),
        ("FLASK_DEBUG", "on"),
    ],
)
def test_nothing_starts_in_production_with_a_weak_or_missing_secret(name: str, value: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        settings_with(**{name: value})
    [fault] = refusal.value.faults
    assert name in fault
    assert len(value) < 20 or value not in fault  # what is wrong is said, and not the secret


def test_debugging_is_off_and_cookies_are_for_https_alone_in_production(
    app: Flask, settings: Settings
) -> None:
    from tixapp.app import create_app

    assert (app.debug, app.testing) == (False, False)
    assert settings_with(FLASK_DEBUG="0").is_production
    served = create_app(replace(settings, base_url="https://tickets.example"))
    answer = served.test_client().get("/sign-in", base_url="https://tickets.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-tixapp=")
    for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert flag in cookie
    assert "Domain" not in cookie
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    with served.app_context():
        db.engine.dispose()


def test_no_secret_of_the_settings_shows_in_a_page_or_an_answer(
    app: Flask, settings: Settings, bob: Person, order: Order
) -> None:
    secrets = [settings.secret_key, settings.stripe_api_key, settings.stripe_webhook_secret]
    secrets += [json.dumps(settings.redis_url), base64.b64encode(OURS).decode()]
    for path in ("/", "/sell/account", "/account", f"/orders/{order.public_id}", "/api/v1/x"):
        text = bob.browser.get(path).text
        assert not [secret for secret in secrets if secret in text]
    assert db.session.get_one(User, bob.id).password_hash not in bob.browser.get("/account").text
    assert db.session.scalars(sa.select(Ticket)).first() is not None
