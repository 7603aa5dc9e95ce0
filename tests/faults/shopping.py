"""One buyer with patience: asks again until the shop is back."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.journeys.running import Running

from .aftermath import wait_until
from .crowd import FORM
from .journal import UNKNOWN
from .person import Answer, send
from .scene import OnSale

PATIENCE = 30.0


@dataclass
class Shopper:
    running: Running
    key: str
    address: str
    on_sale: OnSale

    def order(self) -> dict[str, Any]:
        """Two tickets, not yet paid."""
        body = {"event_id": self.on_sale.event_id, "tier_id": self.on_sale.tiers[0], "quantity": 2}
        return self.ask("POST", "/tickets/purchase", body).body

    def hold(self) -> dict[str, Any]:
        items = [{"tier_id": self.on_sale.tiers[0], "quantity": 1}]
        path = f"/events/{self.on_sale.event_id}/reservations"
        return self.ask("POST", path, {"items": items}).body

    def pay(self, order: dict[str, Any]) -> None:
        """On Stripe's page; whether the way back leads anywhere is not looked at."""
        form = urlencode({"action": "pay", "wait": "no"}).encode()
        assert send(order["payment_url"], "POST", FORM, form).status == 303

    def tickets(self, order: dict[str, Any], *, within: float = PATIENCE) -> list[dict[str, Any]]:
        """Once the order is paid; by looking, which settles nothing."""
        wait_until(lambda: self._look(order)["status"] == "PAID", within, "the order is not paid")
        return list(self._look(order)["tickets"])

    def letters(self, *, within: float = PATIENCE) -> int:
        """How many came, once the first has and had a moment to be followed by another."""
        wait_until(lambda: bool(self._letters()), within, f"no letter came to {self.address}")
        time.sleep(0.7)
        return len(self._letters())

    def ask(self, method: str, path: str, body: Any = None) -> Answer:
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": uuid.uuid4().hex}
        raw = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            raw = json.dumps(body).encode()
        end = time.monotonic() + PATIENCE
        while True:
            answer = send(f"{self.running.url}/api/v1{path}", method, headers, raw)
            if answer.state != UNKNOWN:
                assert answer.is_ok, answer
                return answer
            assert time.monotonic() < end, answer
            time.sleep(0.2)

    def _look(self, order: dict[str, Any]) -> dict[str, Any]:
        return self.ask("GET", f"/orders/{order['id']}").body

    def _letters(self) -> list[dict[str, Any]]:
        return self.running.mails_to(self.address)
