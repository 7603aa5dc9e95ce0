"""The one document that a crowd shares."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import Flask

from tests.factories.accounts import make_user
from tests.factories.events import make_tier
from tests.factories.rooms import OPENS, crowd, join, look, make_room, room_of
from tests.fixtures.app import new_browser
from tests.people import Person
from tixapp.core.db import db, transaction
from tixapp.events.models import Event
from tixapp.waiting.actions.pausing import pause_sale
from tixapp.waiting.keys import room_secrets
from tixapp.waiting.rules.spread import unpack
from tixapp.waiting.shelf import shelf

SECOND = timedelta(seconds=1)


@pytest.fixture
def event(alice: Person, now: datetime) -> Event:
    return make_room(alice.seller)


def told(app: Flask, event: Event) -> tuple[dict[str, Any], Any]:
    """What a stranger is told, fresh."""
    shelf().clear()
    answer = new_browser(app).get(f"/room/{event.public_id}.json")
    assert answer.status_code == 200
    return json.loads(answer.data), answer


def test_it_is_small_signed_and_for_every_cache(app: Flask, event: Event) -> None:
    crowd(event, 5)
    look(event, at=OPENS)
    for n in range(3):
        join(event, make_user(f"Late{n}"), now=OPENS + 10 * n * SECOND)
    look(event, at=OPENS + 60 * SECOND)
    news, answer = told(app, event)
    assert len(answer.data) <= 700
    assert answer.headers["Cache-Control"] == (
        "public, s-maxage=2, stale-while-revalidate=10, stale-if-error=600"
    )
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    text = answer.data.decode()
    signed, signature = text[: text.index(',"sig":"')], news["sig"]
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(room_secrets().public_key))
    key.verify(base64.urlsafe_b64decode(signature + "=="), signed.encode())


def test_with_several_kinds_of_tickets_it_is_as_small_on_the_line(app: Flask, event: Event) -> None:
    for n in range(7):
        make_tier(event, f"Kind {n}", capacity=10)
    make_tier(event, "For members", capacity=10, hidden=True)
    crowd(event, 5)
    look(event, at=OPENS)
    look(event, at=OPENS + 60 * SECOND)
    plain, _ = told(app, event)
    assert len(plain["tiers"]) == 8
    path, packs = f"/room/{event.public_id}.json", {"Accept-Encoding": "br, gzip"}
    for _ in range(2):  # by the view, then from the shelf
        answer = new_browser(app).get(path, headers=packs)
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert len(answer.data) <= 700
        assert json.loads(gzip.decompress(answer.data)) == plain
        known = packs | {"If-None-Match": answer.headers["ETag"]}
        assert new_browser(app).get(path, headers=known).status_code == 304
    other = {"If-None-Match": answer.headers["ETag"]}
    assert new_browser(app).get(path, headers=other).status_code == 200


def test_the_same_news_is_the_same_document_and_answered_with_304(app: Flask, event: Event) -> None:
    look(event, at=OPENS - 20 * SECOND)
    first, answer = told(app, event)
    look(event, at=OPENS - 10 * SECOND)
    again, _ = told(app, event)
    assert again == first
    known = new_browser(app).get(
        f"/room/{event.public_id}.json", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (known.status_code, known.data) == (304, b"")


def test_news_has_a_higher_number(app: Flask, event: Event) -> None:
    look(event, at=OPENS - SECOND)
    before, _ = told(app, event)
    look(event, at=OPENS)
    after, _ = told(app, event)
    assert (before["state"], after["state"]) == ("announced", "open")
    assert after["seq"] > before["seq"]
    assert "0" in after["salts"]
    assert before["salts"] == {}


def test_a_pause_is_told(app: Flask, event: Event) -> None:
    look(event, at=OPENS)
    with transaction():
        pause_sale(event.id, by=None, now=OPENS)
    look(event, at=OPENS + SECOND)
    news, _ = told(app, event)
    assert (news["state"], news["reason"], news["gate"]) == ("paused", "organiser", 0)


def test_the_table_of_keys_is_kept_for_ever_under_its_own_name(app: Flask, event: Event) -> None:
    crowd(event, 4)
    look(event, at=OPENS)
    news, _ = told(app, event)
    answer = new_browser(app).get(news["draw"])
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert unpack(answer.data).first_window == 4
    gone = new_browser(app).get(f"/room/{event.public_id}/draw-{'0' * 16}.bin")
    assert gone.status_code == 404


@pytest.mark.parametrize("more", ["?x=1", "/", "?"])
def test_there_is_one_address_and_no_other(app: Flask, event: Event, more: str) -> None:
    shelf().clear()
    answer = new_browser(app).get(f"/room/{event.public_id}.json{more}")
    assert answer.status_code == (200 if more == "?" else 404)


def test_what_this_process_has_is_answered_without_a_view_or_a_cookie(
    app: Flask, event: Event
) -> None:
    _, first = told(app, event)
    browser = new_browser(app)
    browser.set_cookie("tixapp", "anything")
    quick = browser.get(f"/room/{event.public_id}.json")
    assert quick.data == first.data
    assert "X-Request-Id" not in quick.headers  # no hook of the application ran
    assert quick.headers["X-Content-Type-Options"] == "nosniff"


def test_an_emptied_redis_changes_nothing(app: Flask, event: Event) -> None:
    redis = shelf().redis
    assert redis is not None
    look(event, at=OPENS)
    before, _ = told(app, event)
    redis.flushdb()
    after, _ = told(app, event)
    assert after == before
    db.session.rollback()
    look(event, at=OPENS + SECOND)
    assert redis.get(f"room:{{{event.public_id}}}:document") == room_of(event).document.encode()
