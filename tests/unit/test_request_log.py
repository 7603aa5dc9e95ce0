"""The log in production: one line of JSON an event, with the id of the request it belongs to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextvars import Context
from typing import Any

import pytest
import structlog

from tixapp.web.requests import begin_request, configure_logging

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@pytest.fixture
def production() -> Iterator[None]:
    before = structlog.get_config()
    configure_logging(as_json=True)
    yield
    structlog.configure(**before)


def _say_something() -> None:
    structlog.get_logger().info("something", what="…")


def _said(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    [line] = capsys.readouterr().out.splitlines()
    told: dict[str, Any] = json.loads(line)
    assert TIME.fullmatch(told.pop("timestamp"))
    return told


@pytest.mark.usefixtures("production")
def test_a_line_within_a_request_carries_its_id(capsys: pytest.CaptureFixture[str]) -> None:
    def request() -> None:
        assert begin_request("192.0.2.1", "abcdef-123") == "abcdef-123"
        _say_something()

    Context().run(request)
    assert _said(capsys) == {
        "event": "something",
        "level": "info",
        "request_id": "abcdef-123",
        "what": "…",
    }


@pytest.mark.usefixtures("production")
def test_a_line_outside_of_any_request_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    Context().run(_say_something)
    assert _said(capsys) == {"event": "something", "level": "info", "what": "…"}
