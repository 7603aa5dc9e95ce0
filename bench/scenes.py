"""The requests that are measured."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import random
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from tests.faults.scene import OnSale

from .client import Line, Request
from .load import Act, asking
from .stage import Stage

JSON = {"Content-Type": "application/json"}
API = "/api/v1"
REFUSED = 400
SERVER_FAULT = 500


def bare() -> Act:
    request = Request.make("POST", "/bare", JSON, b'{"what": "something"}')
    return asking(lambda: request)


class Buyers:
    """Each holds once: the first of a person at an event, as in a sale."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._numbers = itertools.count(1)

    def next_key(self) -> str:
        number = next(self._numbers)
        if number >= self.stage.buyers:
            raise RuntimeError("more buyers are needed: raise BUYERS")
        return self.stage.key(number)


def holds(buyers: Buyers, sales: Sequence[OnSale], *, seed: int = 1) -> Act:
    """One place each, of any tier of any of the events."""
    dice = random.Random(seed)
    choices = [(sale.event_id, tier) for sale in sales for tier in sale.tiers]

    def request() -> Request:
        event, tier = dice.choice(choices)
        body = {"items": [{"tier_id": tier, "quantity": 1}]}
        return _post(f"/events/{event}/reservations", buyers.next_key(), body)

    return asking(request)


def scans(keys: Sequence[str], on_sale: OnSale, codes: Sequence[str]) -> Act:
    """Each ticket once, with an id of its own as the scanner sends it; many scanners in turn."""
    left, turns = iter(codes), itertools.cycle(keys)

    async def act(line: Line) -> int:
        code = next(left, None)
        if code is None:
            raise StopAsyncIteration
        body = {"code": code, "event_id": on_sale.event_id, "scan_id": uuid.uuid4().hex}
        request = _post("/tickets/validate", next(turns), body, keyed=False)
        status, answer = await line.ask(request)
        return status if b'"admitted"' in answer else SERVER_FAULT

    return act


def webhooks(secret: str, account: str) -> Act:
    """Signed events, each new: verified, stored, answered."""

    def request() -> Request:
        name = uuid.uuid4().hex
        event = {
            "id": f"evt_{name}",
            "object": "event",
            "api_version": "2026-10-28.endive",
            "account": account,
            "created": int(time.time()),
            "livemode": False,
            "type": "charge.updated",
            "data": {"object": {"id": f"ch_{name}", "object": "charge", "metadata": {}}},
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
        }
        body = json.dumps(event).encode()
        at = int(time.time())
        signed = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
        headers = {**JSON, "Stripe-Signature": f"t={at},v1={signed}"}
        return Request.make("POST", "/stripe/webhook/connect", headers, body)

    return asking(request)


def purchases(buyers: Buyers, on_sale: OnSale) -> Act:
    """Look, hold, check out, pay at Stripe, and fetch the tickets: five requests."""

    async def act(line: Line) -> int:
        key = buyers.next_key()
        await _told(line, _get(f"/events/{on_sale.event_id}", key))
        body: dict[str, Any] = {"items": [{"tier_id": on_sale.tiers[0], "quantity": 1}]}
        held = await _told(line, _post(f"/events/{on_sale.event_id}/reservations", key, body))
        body = {"reservation_id": held["id"]}
        opened = await _told(line, _post("/checkout/sessions", key, body))
        body = {"checkout_id": opened["id"], "simulate": "success"}
        paid = await _told(line, _post("/checkout/confirm", key, body))
        order = await _told(line, _get(f"/orders/{opened['order_id']}", key))
        return (
            200
            if paid["status"] == order["status"] == "PAID" and order["tickets"]
            else SERVER_FAULT
        )

    return act


def orders_to_pay(buyers: Buyers, on_sale: OnSale, told: Callable[[str, str], None]) -> Act:
    """Orders with a payment open: `told` their id and where they are paid."""

    async def act(line: Line) -> int:
        body = {"event_id": on_sale.event_id, "tier_id": on_sale.tiers[0], "quantity": 1}
        order = await _told(line, _post("/tickets/purchase", buyers.next_key(), body))
        told(order["id"], order["payment_url"])
        return 201

    return act


async def _told(line: Line, request: Request) -> dict[str, Any]:
    status, body = await line.ask(request)
    if status >= REFUSED:
        raise RuntimeError(f"{request.head.splitlines()[0]!r}: {status} {body!r}")
    found: dict[str, Any] = json.loads(body)
    return found


def _post(path: str, key: str, body: dict[str, Any], *, keyed: bool = True) -> Request:
    headers = {**JSON, "Authorization": f"Bearer {key}"}
    if keyed:
        headers["Idempotency-Key"] = uuid.uuid4().hex
    return Request.make("POST", API + path, headers, json.dumps(body).encode())


def _get(path: str, key: str) -> Request:
    return Request.make("GET", API + path, {"Authorization": f"Bearer {key}"})
