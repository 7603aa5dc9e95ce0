"""A draw with public dice: who takes part is fixed first, then they are thrown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.accounts import make_user
from tests.factories.rooms import OPENS, crowd, join, look, make_room, room_of
from tests.fixtures.app import new_browser
from tests.people import Person
from tixapp.cli.draw import verify_draw
from tixapp.core.clock import clock
from tixapp.core.db import TransactionOpen, db, transaction
from tixapp.events.models import Event
from tixapp.gateways.beacon import Beacon, BeaconUnavailable
from tixapp.waiting.jobs.beacon import fetch_beacons
from tixapp.waiting.models import RoomEntry
from tixapp.waiting.rules.beacon import round_for
from tixapp.waiting.rules.draw import entrants_root, first_salt

SECOND = timedelta(seconds=1)
ROUND = round_for(OPENS)
VALUE = sha256(b"a signature").hexdigest()


class Relay(HTTPServer):
    """Speaks as a relay of drand does. `says`: changes to its answer, or None for 404."""

    says: dict[str, object] | None
    asked: list[str]


class _Answers(BaseHTTPRequestHandler):
    server: Relay

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        number = int(self.path.rpartition("/")[2])
        told = {"round": number, "signature": b"a signature".hex(), "randomness": VALUE}
        self.send_response(404 if self.server.says is None else 200)
        self.end_headers()
        self.wfile.write(json.dumps(told | (self.server.says or {})).encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def relay() -> Iterator[Relay]:
    served = Relay(("127.0.0.1", 0), _Answers)
    served.says, served.asked = {}, []
    Thread(target=served.serve_forever, args=[0.01], daemon=True).start()
    yield served
    served.shutdown()
    served.server_close()


@pytest.fixture
def event(app: Flask, relay: Relay, alice: Person, now: datetime) -> Iterator[Event]:
    """Its room promises a round; the first relay that is asked is away."""
    addresses = ("http://127.0.0.1:9", f"http://127.0.0.1:{relay.server_port}")
    kept = dict(app.extensions)
    app.extensions["settings"] = replace(kept["settings"], room_beacon=addresses)
    app.extensions["gateways"] = replace(kept["gateways"], beacon=Beacon(addresses))
    yield make_room(alice.seller)
    app.extensions.update(kept)


def at(moment: datetime) -> int:
    """The sweep at that moment; how many beacons it heard."""
    clock.source = lambda: moment
    return fetch_beacons()


def test_the_promise_names_the_round_from_the_day_of_the_announcement(
    app: Flask, event: Event
) -> None:
    assert room_of(event).beacon == "drand quicknet"
    assert f"drand quicknet {ROUND.number}" in room_of(event).document
    page = new_browser(app).get(f"/e/{event.slug}/room/proof").text
    assert f"drand quicknet {ROUND.number}" in page
    assert "nobody can know the draw beforehand" in page


def test_the_entrants_are_fixed_first_and_drawn_when_the_round_is_there(
    app: Flask, event: Event, relay: Relay
) -> None:
    crowd(event, 3)
    eids = db.session.scalars(sa.select(RoomEntry.eid)).all()
    room = look(event, at=OPENS)
    assert (room.status, room.s0, room.entrants_root) == ("announced", None, entrants_root(eids))
    assert (at(OPENS + SECOND), relay.asked) == (0, [])
    assert (at(ROUND.due_at), at(ROUND.due_at)) == (1, 0)
    assert relay.asked == [ROUND.address]
    room = look(event, at=ROUND.due_at + SECOND)
    line = f"drand quicknet {ROUND.number} {VALUE}"
    assert (room.status, room.beacon, room.joined_before) == ("open", line, 3)
    look(event, at=event.starts_at)
    closed = room_of(event)
    assert closed.s0 == first_salt(closed.master, event.public_id, closed.entrants_root, line)


def test_whoever_comes_while_the_dice_are_thrown_stands_behind_even_by_a_slow_clock(
    event: Event,
) -> None:
    crowd(event, 2)
    look(event, at=OPENS)
    assert join(event, make_user("Late"), now=OPENS + SECOND).win == 1
    assert join(event, make_user("Slow"), now=OPENS - SECOND).win == 1
    at(ROUND.due_at)
    assert look(event, at=ROUND.due_at + SECOND).joined_before == 2


def test_what_is_fixed_cannot_be_changed_while_the_dice_are_thrown(event: Event) -> None:
    crowd(event, 2)
    look(event, at=OPENS)
    with pytest.raises(sa.exc.DBAPIError, match="stays as it is"), db.session.begin_nested():
        db.session.execute(sa.text("UPDATE rooms SET entrants_root = sha256('others')"))


@pytest.mark.parametrize(
    "says", [None, {"round": 5}, {"randomness": "ab" * 32}, {"signature": ""}, {"signature": "x"}]
)
def test_a_round_that_nobody_gives_is_given_up_after_half_a_minute_and_named(
    app: Flask, event: Event, relay: Relay, says: dict[str, object] | None
) -> None:
    relay.says = says
    crowd(event, 2)
    look(event, at=OPENS)
    assert at(ROUND.gives_up_at - SECOND) == 0
    assert look(event, at=ROUND.gives_up_at - SECOND).status == "announced"
    assert at(ROUND.gives_up_at) == 1
    room = look(event, at=ROUND.gives_up_at + SECOND)
    line = f"none, drand quicknet {ROUND.number} did not answer"
    assert (room.status, room.beacon) == ("open", line)
    page = new_browser(app).get(f"/e/{event.slug}/room/proof").text
    assert "no source of it answered" in page


def test_a_control_that_was_away_takes_a_round_that_nobody_could_know(event: Event) -> None:
    crowd(event, 2)
    late = OPENS + timedelta(minutes=10)
    assert look(event, at=late).beacon == round_for(late).text


def test_the_transcript_says_where_to_compare_the_round(
    app: Flask, event: Event, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crowd(event, 4)
    look(event, at=OPENS)
    at(ROUND.due_at)
    look(event, at=ROUND.due_at + SECOND)
    look(event, at=event.starts_at)
    file = tmp_path / "draw.txt"
    with new_browser(app).get(f"/e/{event.slug}/room/transcript") as answer:
        file.write_bytes(answer.data)
    assert verify_draw([str(file)]) == 0
    assert f"https://api.drand.sh{ROUND.address}" in capsys.readouterr().out


def test_no_network_is_asked_inside_a_transaction(db_session: object, relay: Relay) -> None:
    source = Beacon([f"http://127.0.0.1:{relay.server_port}"])
    with pytest.raises(TransactionOpen), transaction():
        source.value(ROUND.address, ROUND.number)
    assert relay.asked == []
    assert source.value(ROUND.address, ROUND.number) == VALUE
    with pytest.raises(BeaconUnavailable):
        Beacon().value(ROUND.address, ROUND.number)
