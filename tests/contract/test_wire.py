"""What becomes of a call to Stripe on its way: our own client beneath the SDK."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
import stripe

from tests.contract.outside import free_port, wait_until
from tixapp.gateways.stripe.wire import Wire

OK = b"HTTP/1.1 200 OK\r\nRequest-Id: req_1\r\nContent-Length: 2\r\n\r\n{}"
BUSY = b"HTTP/1.1 503 Away\r\nContent-Length: 2\r\n\r\n{}"
CUT_OFF = b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n{"
NOTHING = b""


@dataclass
class Far:
    """Answers each request with the next of `answers`, and the last one from then on; hangs up
    after one that is not whole. None: says nothing at all."""

    answers: list[bytes | None]
    heard: list[bytes] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        self.over = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self.listening.accept()
                self.connections += 1
                threading.Thread(target=self._talk, args=[line], daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        with line, suppress(OSError):
            while asked := _whole(line):
                self.heard.append(asked)
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if answer is None:
                    self.over.wait(5)
                    return
                line.sendall(answer)
                if answer in {NOTHING, CUT_OFF}:
                    return

    def close(self) -> None:
        self.over.set()
        self.listening.close()


def _whole(line: socket.socket) -> bytes:
    """One request with its body; nothing when they hang up."""
    heard = line.recv(65536)
    head, _, body = heard.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    missing = int(length[1]) - len(body) if length else 0
    while missing > 0:
        more = line.recv(missing)
        heard, missing = heard + more, missing - len(more)
    return heard


@pytest.fixture
def far() -> Iterator[Far]:
    made = Far([OK])
    yield made
    made.close()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe.HTTPClient, "_sleep_time_seconds", lambda *_: 0.0)


def client_for(address: str, *, answer: float = 5) -> stripe.StripeClient:
    wire = Wire(address, connect=1, answer=answer)
    return stripe.StripeClient(
        "sk_test_wire", base_addresses={"api": address}, max_network_retries=2, http_client=wire
    )


def test_calls_one_after_another_share_a_connection(far: Far) -> None:
    client = client_for(far.address)
    for _ in range(3):
        assert client.raw_request("get", "/v1/balance").data == {}
    assert (len(far.heard), far.connections) == (3, 1)


def test_a_call_says_who_asks_for_whom_and_under_which_key(far: Far) -> None:
    client_for(far.address).raw_request(
        "post", "/v1/refunds", amount=5, stripe_account="acct_1", idempotency_key="refund:1"
    )
    (asked,) = far.heard
    head, _, body = asked.partition(b"\r\n\r\n")
    lines = {line.lower() for line in head.split(b"\r\n")}
    assert lines >= {
        b"post /v1/refunds http/1.1",
        b"authorization: bearer sk_test_wire",
        b"stripe-account: acct_1",
        b"idempotency-key: refund:1",
    }
    assert body == b"amount=5"


def test_the_names_of_headers_are_read_in_any_spelling(far: Far) -> None:
    headers = client_for(far.address).raw_request("get", "/v1/balance").headers
    assert headers["request-id"] == headers["Request-Id"] == "req_1"


@pytest.mark.parametrize("first", [NOTHING, CUT_OFF, BUSY])
def test_a_call_without_an_answer_is_made_again_under_the_same_key(far: Far, first: bytes) -> None:
    far.answers[:] = [first, OK]
    client_for(far.address).raw_request("post", "/v1/refunds", idempotency_key="refund:1")
    assert len(far.heard) == 2
    assert all(b"Idempotency-Key: refund:1\r\n" in asked for asked in far.heard)


def test_who_never_answers_is_asked_three_times(far: Far) -> None:
    far.answers[:] = [None]
    with pytest.raises(stripe.APIConnectionError, match="ReadTimeoutError"):
        client_for(far.address, answer=0.05).raw_request("get", "/v1/balance")
    wait_until(lambda: len(far.heard) == 3)


def test_where_nobody_listens_the_outcome_is_a_connection_error() -> None:
    with pytest.raises(stripe.APIConnectionError) as told:
        client_for(f"http://127.0.0.1:{free_port()}").raw_request("get", "/v1/balance")
    assert told.value.should_retry


def test_a_certificate_that_does_not_fit_is_not_asked_again(far: Far) -> None:
    """Plain text where a certificate should come: whoever answers there is not Stripe."""
    address = far.address.replace("http:", "https:")
    with pytest.raises(stripe.APIConnectionError) as told:
        client_for(address).raw_request("get", "/v1/balance")
    assert not told.value.should_retry
    assert far.connections == 1


def test_a_connection_that_was_closed_meanwhile_is_opened_again(far: Far) -> None:
    client = client_for(far.address)
    client.raw_request("get", "/v1/balance")
    far.answers[:] = [NOTHING, OK]
    client.raw_request("get", "/v1/balance")
    client.raw_request("get", "/v1/balance")
    assert far.connections == 2


def test_a_proxy_named_in_the_environment_carries_the_call(
    far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", far.address)
    monkeypatch.setenv("no_proxy", "localhost")
    client_for("http://stripe.test").raw_request("get", "/v1/balance")
    assert far.heard[0].startswith(b"GET http://stripe.test/v1/balance HTTP/1.1\r\n")
    client_for(far.address.replace("127.0.0.1", "localhost")).raw_request("get", "/v1/balance")
    assert far.heard[1].startswith(b"GET /v1/balance HTTP/1.1\r\n")
