"""Buyers, doors and refunders at one event."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from .journal import FAILED, OK, UNKNOWN
from .person import Answer, Person, send

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LOST_PLACE = {"sold_out", "limit_reached", "not_on_sale"}


@dataclass
class Sold:
    """What the buyers were told they have: doors and refunders choose from it."""

    tickets: list[tuple[str, str]] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, order: dict[str, Any]) -> None:
        with self.lock:
            self.orders.append(order["id"])
            self.tickets += [(ticket["id"], ticket["code"]) for ticket in order["tickets"]]


class Buyer(Person):
    """Buys in one call or in three, pays here or on Stripe's page, or thinks better of it."""

    event_id: str
    tiers: list[str]
    sold: Sold

    def run(self) -> None:
        while not self.stopped.is_set():
            self.pause(0.1, 2.5)
            if self.dice.random() < 0.3:
                self._buy_in_one()
            else:
                self._reserve_and_buy()

    def _buy_in_one(self) -> None:
        order = self.ask(
            "purchase",
            "POST",
            "/tickets/purchase",
            {
                "event_id": self.event_id,
                "tier_id": self.dice.choice(self.tiers),
                "quantity": self.dice.randint(1, 2),
            },
            tell=("id", "status"),
        )
        if order.is_ok:
            self._see_to(order.body)
        else:
            self._after(order)

    def _reserve_and_buy(self) -> None:
        tiers = self.dice.sample(self.tiers, self.dice.randint(1, 2))
        items = [{"tier_id": tier, "quantity": self.dice.randint(1, 2)} for tier in tiers]
        held = self.ask("hold", "POST", f"/events/{self.event_id}/reservations", {"items": items})
        if not held.is_ok:
            self._after(held)
            return
        reservation = held.body["id"]
        if self.dice.random() < 0.1:
            self.ask("let go", "DELETE", f"/reservations/{reservation}")
            return
        opened = self.ask(
            "checkout",
            "POST",
            "/checkout/sessions",
            {"reservation_id": reservation},
            tell=("order_id",),
        )
        if not opened.is_ok:
            return
        if self.dice.random() < 0.1:
            self.ask("let go", "DELETE", f"/reservations/{reservation}")
            return
        order = self.ask("look", "GET", f"/orders/{opened.body['order_id']}")
        if order.is_ok:
            self._see_to(order.body)

    def _see_to(self, order: dict[str, Any]) -> None:
        """Pays what is open, and takes the tickets."""
        if order["status"] == "PENDING" and order["checkout_id"]:
            order = self._pay(order)
        if order["status"] == "PAID":
            self.sold.add(order)

    def _pay(self, order: dict[str, Any]) -> dict[str, Any]:
        throw = self.dice.random()
        if throw < 0.35 and order["payment_url"]:
            self._pay_at_stripe(order)
            self.pause(0.2, 1.0)
            answer = self.ask("look", "GET", f"/orders/{order['id']}", tell=("id", "status"))
        else:
            if throw > 0.9:
                self._confirm(order, "fail")
            answer = self._confirm(order, "success")
        return answer.body if answer.is_ok else order

    def _confirm(self, order: dict[str, Any], wanted: str) -> Answer:
        body = {"checkout_id": order["checkout_id"], "simulate": wanted}
        return self.ask(f"pay: {wanted}", "POST", "/checkout/confirm", body, tell=("id", "status"))

    def _pay_at_stripe(self, order: dict[str, Any]) -> None:
        """Pays on the page and never comes back: a webhook or the reconciler must tell us."""
        page = urlunsplit(urlsplit(order["payment_url"]))
        paid = send(page, "POST", FORM, urlencode({"action": "pay", "wait": "no"}).encode())
        state = OK if paid.status in {200, 303} else (FAILED if paid.status else UNKNOWN)
        self.journal.note(self.name, "pay at Stripe", order["id"], state=state, status=paid.status)

    def _after(self, refused: Answer) -> None:
        """Whatever of ours is still open stands in the way: it is paid, or finished."""
        if refused.body.get("code") in LOST_PLACE:
            self.pause(0.5, 2.0)
        mine = self.ask("look", "GET", "/me/orders")
        for order in mine.body.get("items", []) if mine.is_ok else []:
            if order["status"] == "PENDING" and not self.stopped.is_set():
                self._see_to(order)
                return


class Door(Person):
    """Scans what it is shown, some of it twice, and asks again after a broken line."""

    event_id: str
    sold: Sold

    def run(self) -> None:
        while not self.stopped.is_set():
            self.pause(0.1, 0.8)
            with self.sold.lock:
                shown = self.dice.choice(self.sold.tickets[-60:]) if self.sold.tickets else None
            if shown is not None:
                self._scan(*shown)

    def _scan(self, ticket_id: str, code: str) -> None:
        scan_id = uuid.UUID(int=self.dice.getrandbits(128), version=4).hex
        answer = self.ask(
            "scan",
            "POST",
            "/tickets/validate",
            {"code": code, "event_id": self.event_id, "gate": self.name, "scan_id": scan_id},
            tell=("result",),
        )
        if answer.is_ok and answer.body["result"] == "admitted":
            self.journal.note(self.name, "admission", scan_id, state=OK, told={"ticket": ticket_id})
