"""The address under which people come back from Stripe."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from tixapp.web.links import link_to, way_back


def at_home(app: Flask, monkeypatch: pytest.MonkeyPatch, base_url: str) -> None:
    given = replace(app.extensions["settings"], base_url=base_url)
    monkeypatch.setitem(app.extensions, "settings", given)


@pytest.mark.parametrize("host", ["127.0.0.1:5000", "localhost:5000", "[::1]:5000"])
def test_on_ones_own_machine_it_is_the_name_they_came_by(
    app: Flask, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    at_home(app, monkeypatch, "http://localhost:5000")
    with app.test_request_context(base_url=f"http://{host}"):
        assert way_back("orders.mine") == f"http://{host}/orders"
        assert link_to("orders.mine") == "http://localhost:5000/orders"


@pytest.mark.parametrize(
    ("base_url", "host"),
    [
        ("http://localhost:5000", "evil.example"),
        ("http://localhost:5000", "localhost:81"),
        ("http://localhost:5000", "127.0.0.1.evil.example:5000"),
        ("https://tickets.example", "localhost"),
        ("https://tickets.example", "evil.example"),
    ],
)
def test_anywhere_else_a_made_up_host_changes_nothing(
    app: Flask, monkeypatch: pytest.MonkeyPatch, base_url: str, host: str
) -> None:
    at_home(app, monkeypatch, base_url)
    with app.test_request_context(base_url=f"http://{host}"):
        assert way_back("orders.mine") == f"{base_url}/orders"


def test_without_a_request_it_is_the_configured_one(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home(app, monkeypatch, "http://localhost:5000")
    with app.app_context():
        assert way_back("orders.mine") == "http://localhost:5000/orders"
