"""The OpenAPI document and the page that is made of the same."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from tests.fixtures.app import new_browser
from tests.fixtures.program import Program
from tests.web.shop import said
from tixapp.core.ids import new_id


@pytest.fixture
def document(app: Flask) -> Any:
    return said(Program(new_browser(app)).get("/openapi.json"))


def test_every_route_is_described_and_nothing_else(app: Flask, document: Any) -> None:
    served = {
        (re.sub(r"<(\w+)>", r"{\1}", rule.rule.removeprefix("/api/v1")), method)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and rule.endpoint not in {"api.openapi", "api.docs"}
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {
        (path, method.upper()) for path, calls in document["paths"].items() for method in calls
    }
    assert served == described
    assert len(served) == 34


def test_references_lead_somewhere(document: Any) -> None:
    schemas = document["components"]["schemas"]
    for name in re.findall(r"#/components/schemas/(\w+)", repr(document)):
        assert name in schemas


def test_each_call_says_who_may_make_it_and_what_it_needs(document: Any) -> None:
    reserve = document["paths"]["/events/{event_id}/reservations"]["post"]
    assert (reserve["x-scope"], reserve["security"]) == ("write", [{"key": []}])
    named = {p["name"]: (p["in"], p["required"]) for p in reserve["parameters"]}
    assert named == {"event_id": ("path", True), "Idempotency-Key": ("header", True)}
    assert reserve["requestBody"]["required"] is True
    assert set(reserve["responses"]) == {
        *("201", "400", "401", "403", "404", "409", "413", "415", "422", "429", "503")
    }
    assert "sold_out" in reserve["responses"]["409"]["description"]
    left = document["paths"]["/events/{event_id}/availability"]["get"]
    assert left["security"] == []
    change = document["paths"]["/tiers/{tier_id}"]["patch"]
    assert {p["name"] for p in change["parameters"]} == {"tier_id", "If-Match"}
    assert {"412", "428"} <= set(change["responses"])


def test_every_call_refuses_strangers_as_it_says(app: Flask, document: Any) -> None:
    """A table of every call and what it answers to somebody without a key."""
    nobody = Program(new_browser(app))
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            address = re.sub(r"{\w+}", lambda _: new_id("x"), path)
            answer = nobody.send(method.upper(), address, json=None if method == "get" else {})
            needs_key = call["security"] == [{"key": []}]
            assert (answer.status_code == 401) == needs_key, (method, path, answer.status_code)


def test_the_page_shows_every_call(app: Flask, document: Any) -> None:
    page = new_browser(app).get("/api/v1/docs")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    text = page.text.replace("<wbr>", "")
    for path, calls in document["paths"].items():
        for method in calls:
            assert f"<code>{method.upper()} {path}</code>" in text
    assert "items[].tier_id" in page.text
    assert "<style" not in page.text
    assert "<script>" not in page.text
