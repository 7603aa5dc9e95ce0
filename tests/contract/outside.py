"""Whoever talks to the sandbox from outside: an SDK client, a buyer's browser, a shop."""

from __future__ import annotations

import atexit
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import stripe

KEY = "sk_test_contract"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def error(self) -> Any:
        return self.json["error"]


class Sandbox:
    """A sandbox process on a port of its own."""

    def __init__(self, state: Path | str = ":memory:", port: int | None = None) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "sandbox.stripe", "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*command, "--state", str(state)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        atexit.register(self.process.kill)  # whatever happens to the test
        assert self.process.stdout is not None
        assert self.process.stdout.readline().startswith(b"Stripe sandbox on ")
        self.client = self.client_for(KEY)

    def client_for(self, key: str) -> stripe.StripeClient:
        return stripe.StripeClient(key, base_addresses={"api": self.url}, max_network_retries=0)

    def stop(self) -> None:
        self.process.terminate()
        self._gone()

    def kill(self) -> None:
        self.process.kill()
        self._gone()

    def _gone(self) -> None:
        self.process.wait(5)
        atexit.unregister(self.process.kill)
        if self.process.stdout is not None:
            self.process.stdout.close()

    # plain HTTP

    def http(
        self, method: str, path: str, body: str | bytes | None = None, **headers: str
    ) -> Answer:
        """Header names are written with underscores: `Stripe_Account`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read().decode())
        finally:
            connection.close()

    def api(self, method: str, path: str, form: str | None = None, **headers: str) -> Answer:
        sent = {"Authorization": f"Bearer {KEY}", **headers}
        if form is not None:
            sent.setdefault("Content_Type", "application/x-www-form-urlencoded")
        return self.http(method, path, form, **sent)

    def control(self, where: str, method: str = "POST", /, **body: Any) -> Any:
        answer = self.http(method, f"/_sandbox{where}", json.dumps(body) if body else None)
        assert answer.status == 200, answer.text
        return answer.json

    # people

    def open(self, url: str) -> Answer:
        return self.http("GET", _path(url))

    def press(self, url: str, action: str, **form: str) -> Answer:
        """Sends the form of a page, as a browser does."""
        body = urlencode({"action": action, **form})
        return self.http("POST", _path(url), body, Content_Type="application/x-www-form-urlencoded")

    def seller(self, **params: Any) -> str:
        """A connected account that may take payments."""
        wanted = {"card_payments": {"requested": True}, "transfers": {"requested": True}}
        account = self.client.v1.accounts.create(
            {"type": "express", "country": "DE", "capabilities": wanted, **params}  # type: ignore[arg-type]
        )
        self.control(f"/accounts/{account.id}/onboard")
        return account.id

    def session(self, account: str, **params: Any) -> stripe.checkout.Session:
        """An open Checkout Session over two tickets at 45.00 EUR, with a fee of 0.90."""
        return self.client.v1.checkout.sessions.create(
            {**session_params(), **params},  # type: ignore[arg-type]
            {"stripe_account": account},
        )

    def paid(self, account: str, **params: Any) -> stripe.checkout.Session:
        session = self.session(account, **params)
        self.control(f"/checkout/sessions/{session.id}/pay")
        return self.client.v1.checkout.sessions.retrieve(
            session.id, {}, {"stripe_account": account}
        )


def session_params() -> dict[str, Any]:
    price = {"currency": "eur", "unit_amount": 4500, "product_data": {"name": "Floor"}}
    return {
        "mode": "payment",
        "line_items": [{"price_data": price, "quantity": 2}],
        "success_url": "https://shop.example/done?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://shop.example/cart",
        "payment_intent_data": {"application_fee_amount": 90},
    }


def error_of(refused: stripe.StripeError) -> Any:
    """The error as it was sent, with what the SDK leaves out."""
    return json.loads(str(refused.http_body))["error"]


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Shop:
    """A webhook endpoint: keeps what it is sent, and answers as it is told."""

    received: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    delay: float = 0.0
    secrets: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                shop.received.append((self.path, headers, body))
                time.sleep(shop.delay)
                self.send_response(shop.statuses.pop(0) if shop.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(2)

    def events(self, kind: str | None = None, path: str | None = None) -> list[dict[str, Any]]:
        found = [(where, json.loads(body)) for where, _, body in list(self.received)]
        return [
            event
            for where, event in found
            if kind in {None, event["type"]} and path in {None, where}
        ]

    def wait_for(self, kind: str, count: int = 1, seconds: float = 8) -> list[dict[str, Any]]:
        wait_until(lambda: len(self.events(kind)) >= count, seconds)
        return self.events(kind)


def wait_until(claim: Callable[[], bool], seconds: float = 8) -> None:
    ends = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.01)
