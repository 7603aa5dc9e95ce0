"""Gives orders back, as staff would: the same action, in a process beside the product's own."""

from __future__ import annotations

import random
import threading

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from tixapp.core.clock import clock
from tixapp.core.db import db, transaction
from tixapp.core.errors import TixappError
from tixapp.orders.models import Order
from tixapp.refunds.actions import Wish, refund_order

from .crowd import Sold
from .journal import FAILED, OK, UNKNOWN, Journal

TRIES = 5


class Refunder:
    def __init__(
        self,
        name: str,
        app: Flask,
        sold: Sold,
        journal: Journal,
        seed: str,
        stopped: threading.Event,
    ) -> None:
        self.name, self.app, self.sold, self.journal = name, app, sold, journal
        self.dice = random.Random(seed)
        self.stopped = stopped

    def run(self) -> None:
        while not self.stopped.wait(self.dice.uniform(1.0, 3.0)):
            with self.sold.lock:
                order = self.dice.choice(self.sold.orders) if self.sold.orders else None
            if order is not None:
                self._refund(order)

    def _refund(self, order: str) -> None:
        """A broken line is tried again: an order that was given back meanwhile refuses."""
        state, code, tries = UNKNOWN, "", 0
        used_too = self.dice.random() < 0.5
        while state == UNKNOWN and tries < TRIES:
            tries += 1
            try:
                with self.app.app_context():
                    self._give_back(order, used_too=used_too)
                state = OK
            except TixappError as fault:
                state, code = FAILED, fault.code
            except SQLAlchemyError as fault:
                code = type(fault).__name__
                self.stopped.wait(self.dice.uniform(0.3, 1.0))
        self.journal.note(
            self.name, "refund", order, state=state, code=code, tries=tries, told={"order": order}
        )

    def _give_back(self, public_id: str, *, used_too: bool) -> None:
        wish = Wish("asked for it", asked_by=None, with_fee=True, used_too=used_too)
        with transaction():
            order_id = db.session.scalars(sa.select(Order.id).filter_by(public_id=public_id)).one()
            refund_order(order_id, wish, now=clock.now())
