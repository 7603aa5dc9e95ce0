"""Numbers for Prometheus."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from tests.factories.events import make_event, make_tier
from tests.factories.orders import buy
from tests.fixtures.browser import Browser
from tests.fixtures.till import Till
from tests.people import Person
from tixapp.core.db import db

TOKEN = {"Authorization": "Bearer let-me-read"}


@pytest.fixture
def guarded(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    given = replace(app.extensions["settings"], metrics_token="let-me-read")
    monkeypatch.setitem(app.extensions, "settings", given)


def test_in_production_nobody_reads_them_without_a_token(client: Browser) -> None:
    assert client.get("/metrics").status_code == 404


def test_the_wrong_token_reads_nothing(client: Browser, guarded: None) -> None:
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer x"}).status_code == 404


@pytest.mark.usefixtures("guarded", "now")
def test_they_count_orders_holds_waiting_work_and_refusals(
    client: Browser, till: Till, alice: Person, bob: Person, carol: Person
) -> None:
    assert alice.seller
    event = make_event(alice.seller)
    floor = make_tier(event, "Floor", capacity=1)
    buy(till, event, bob.user, {floor: 1})
    db.session.expire_all()
    before = _value(client, 'tixapp_refusals_total{code="sold_out"}')
    answer = carol.browser.submit(f"/e/{event.slug}/holds", **{f"tier-{floor.public_id}": "1"})
    assert answer.status_code == 303
    assert _value(client, 'tixapp_refusals_total{code="sold_out"}') == before + 1
    assert _value(client, 'tixapp_orders{status="paid"}') == 1
    assert _value(client, "tixapp_active_holds") == 0
    assert _value(client, 'tixapp_waiting{kind="reaction"}') == 1


def _value(client: Browser, name: str) -> float:
    text = client.get("/metrics", headers=TOKEN).text
    lines = [line for line in text.splitlines() if line.startswith(name)]
    return float(lines[0].rpartition(" ")[2]) if lines else 0.0
