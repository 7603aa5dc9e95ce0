"""A body that is there in one piece is handed to the server in one piece; others as they come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Response
from flask.typing import ResponseReturnValue
from werkzeug.test import create_environ

from tixapp.web.application import Application

closed: list[str] = []


@pytest.fixture
def app() -> Application:
    app = Application("small")
    closed.clear()

    @app.get("/text")
    def text() -> ResponseReturnValue:
        return "a text"

    @app.get("/made-directly")
    def made_directly() -> ResponseReturnValue:
        response = Response(["a ", "text"])
        response.call_on_close(lambda: closed.append("made directly"))
        return response

    @app.get("/piece-by-piece")
    def piece_by_piece() -> ResponseReturnValue:
        def pieces() -> Iterator[str]:
            yield "a "
            closed.append("asked for more")
            yield "text"

        return Response(pieces())

    @app.get("/nothing")
    def nothing() -> ResponseReturnValue:
        return "", 204

    @app.get("/unchanged")
    def unchanged() -> ResponseReturnValue:
        return "not to be sent", 304

    return app


def ask(app: Application, path: str, method: str = "GET") -> tuple[Any, dict[str, str]]:
    """What the server is given."""
    sent: dict[str, str] = {}

    def start_response(_status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
        sent.update(headers)

    return app(create_environ(path, method=method), start_response), sent


def test_a_text_comes_in_one_piece(app: Application) -> None:
    body, headers = ask(app, "/text")
    assert (body, headers["Content-Length"]) == ([b"a text"], "6")


def test_so_does_an_answer_that_a_view_made_itself(app: Application) -> None:
    body, headers = ask(app, "/made-directly")
    assert (body, headers["Content-Length"], closed) == ([b"a text"], "6", ["made directly"])


def test_what_is_made_while_it_is_sent_is_fetched_piece_by_piece(app: Application) -> None:
    body, headers = ask(app, "/piece-by-piece")
    pieces = iter(body)
    assert (next(pieces), closed) == (b"a ", [])
    assert (list(pieces), closed) == ([b"text"], ["asked for more"])
    assert "Content-Length" not in headers


@pytest.mark.parametrize("path", ["/nothing", "/unchanged"])
def test_an_answer_without_a_body_has_none(app: Application, path: str) -> None:
    assert b"".join(ask(app, path)[0]) == b""


def test_a_head_has_the_length_and_no_body(app: Application) -> None:
    body, headers = ask(app, "/text", "HEAD")
    assert (b"".join(body), headers["Content-Length"]) == (b"", "6")
