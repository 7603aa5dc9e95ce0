"""Gives orders back, as the organiser's staff would: by the API, with a key of theirs."""

from __future__ import annotations

import uuid

from .crowd import Sold
from .journal import UNKNOWN
from .person import TRIES, Answer, Person


class Refunder(Person):
    sold: Sold

    def run(self) -> None:
        while not self.stopped.wait(self.dice.uniform(1.0, 3.0)):
            with self.sold.lock:
                order = self.dice.choice(self.sold.orders) if self.sold.orders else None
            if order is not None:
                self._refund(order)

    def _refund(self, order: str) -> None:
        """Asked again with the same key where no answer came: the journal keeps it by its order."""
        key = str(uuid.UUID(int=self.dice.getrandbits(128), version=4))
        wish = {"used_too": self.dice.random() < 0.5, "reason": "asked for it"}
        answer, tries = Answer(None, {}), 0
        while answer.state == UNKNOWN and tries < TRIES:
            tries += 1
            answer = self.send("POST", f"/orders/{order}/refunds", wish, key)
            if answer.state == UNKNOWN:
                self.pause(0.3, 1.0)
        self.journal.note(
            self.name,
            "refund",
            order,
            state=answer.state,
            status=answer.status,
            code=str(answer.body.get("code", "")) if not answer.is_ok else "",
            tries=tries,
            told={"order": order},
        )
