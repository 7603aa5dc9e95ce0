"""Case 58: bodies that arrive byte by byte, one test against the real server."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from werkzeug.test import Client, EnvironBuilder
from werkzeug.wrappers import Request, Response

from sandbox.ports import free_port
from tixapp.web.senders import MOST_WAITING, Senders

SERVED = """
from werkzeug.wrappers import Request, Response
from tixapp.web.senders import Senders

@Request.application
def echo(request):
    return Response(str(len(request.get_data())))

app = Senders(echo, longest=1000, most_waiting=2)
"""


class Slow(BytesIO):
    """A body whose end comes when the test says so."""

    def __init__(self, end: Event) -> None:
        super().__init__(b"late")
        self.end = end

    def read(self, *size: Any) -> bytes:
        assert self.end.wait(20)
        return super().read(*size)


@Request.application
def echo(request: Request) -> Response:
    return Response(str(len(request.get_data())))


def post(app: Any, body: Any, length: int) -> tuple[str, bytes]:
    environ = EnvironBuilder(method="POST").get_environ()
    environ |= {"wsgi.input": body, "CONTENT_LENGTH": str(length)}
    told: list[str] = []
    answer = b"".join(app(environ, lambda status, headers, exc=None: told.append(status)))
    return told[0], answer


def test_slow_bodies_take_no_more_than_their_share_of_the_threads() -> None:
    app, end = Senders(echo, longest=1000), Event()
    done: list[tuple[str, bytes]] = []
    slow = [
        Thread(target=lambda: done.append(post(app, Slow(end), 4))) for _ in range(MOST_WAITING)
    ]
    for thread in slow:
        thread.start()
    assert post(app, BytesIO(b"quick"), 5)[0] == "503 Service Unavailable"
    assert Client(app).get("/").text == "0"
    end.set()
    for thread in slow:
        thread.join()
    assert done == [("200 OK", b"4")] * MOST_WAITING
    assert post(app, BytesIO(b"quick"), 5) == ("200 OK", b"5")


def test_a_body_that_is_too_long_or_has_no_true_length_is_not_waited_for() -> None:
    app = Senders(echo, longest=3, most_waiting=1)
    assert post(app, BytesIO(b"four"), 4) == ("200 OK", b"4")
    for made_up in ("-1", "x", "9" * 5000, "٣", ""):
        environ = EnvironBuilder(method="POST").get_environ() | {"CONTENT_LENGTH": made_up}
        assert b"".join(app(environ, lambda *_: None)) in {b"0", b""}


def test_a_body_in_pieces_is_read_to_its_end_and_no_further_than_the_limit() -> None:
    app = Senders(echo, longest=3, most_waiting=1)
    for sent, read in ((b"", b"0"), (b"abc", b"3"), (b"abcdefgh", b"4")):
        environ = EnvironBuilder(method="POST").get_environ()
        environ |= {"wsgi.input": BytesIO(sent), "wsgi.input_terminated": True}
        environ.pop("CONTENT_LENGTH", None)
        assert b"".join(app(environ, lambda *_: None)) == read


@pytest.fixture
def served(tmp_path: Path) -> Iterator[int]:
    """The server as the Procfile starts it, with four threads."""
    (tmp_path / "served.py").write_text(SERVED)
    port = free_port()
    words = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    words += ["--blocking-threads", "4", "--no-ws", "--working-dir", str(tmp_path), "served:app"]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-m", "granian", *words],
        env={"PYTHONPATH": f"{root}:{tmp_path}", "PATH": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                get(port)
                break
            except urllib.error.URLError:
                time.sleep(0.1)
        yield port
        process.terminate()


def get(port: int, body: bytes | None = None) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", data=body, timeout=8) as answer:
        return str(answer.read().decode())


@pytest.mark.slow
@pytest.mark.parametrize("length", [b"Content-Length: 200", b"Transfer-Encoding: chunked"])
def test_whoever_sends_nothing_is_served_while_others_send_for_ever(
    served: int, length: bytes
) -> None:
    senders = []
    for _ in range(12):
        sender = socket.create_connection(("127.0.0.1", served))
        sender.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + length + b"\r\n\r\n1\r\na\r\n")
        senders.append(sender)
    assert get(served) == "0"
    with pytest.raises(urllib.error.HTTPError) as refusal:
        get(served, b"quick")
    assert refusal.value.code == 503
    refusal.value.close()
    for sender in senders:
        sender.close()
    time.sleep(1)
    assert get(served, b"quick") == "5"
