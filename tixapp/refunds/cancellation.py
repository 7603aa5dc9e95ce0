"""A cancelled event gives everyone their money back, and cannot be left half done.

The list of what is left to do is the rows themselves, so a run that dies is carried on by the next:
holds end, open payments are ended at Stripe, paid orders get a refund row each. The rows are then
sent at a pace that leaves Stripe room for sales.
"""

import structlog

from tixapp.core.clock import Clock
from tixapp.core.db import db, end_reading, transaction
from tixapp.core.errors import TixappError
from tixapp.inventory.actions import release_hold
from tixapp.orders.flows import Payments
from tixapp.orders.models import OrderStatus

from .actions import Wish, refund_order
from .queries import orders_to_settle, unpaid_holds

REASON = "event cancelled"

log = structlog.get_logger()


class Cancellation:
    def __init__(self, payments: Payments, clock: Clock) -> None:
        self.payments, self.clock = payments, clock

    def settle(self, event_id: int) -> int:
        """Goes once through all that is left; how many orders were dealt with. One that fails is
        left for the next run and stops no other."""
        self._end_holds(event_id)
        dealt_with, last = 0, 0
        while batch := self._next(event_id, after=last):
            for order_id, status in batch:
                dealt_with += self._settle_order(order_id, status)
                last = order_id
        return dealt_with

    def _end_holds(self, event_id: int) -> None:
        found = unpaid_holds(event_id)
        end_reading()
        for hold_id, user_id in found:
            try:
                with transaction():
                    release_hold(hold_id, event_id=event_id, user_id=user_id, now=self.clock.now())
            except TixappError as fault:
                log.info("hold_left_for_later", hold=hold_id, fault=str(fault))

    def _next(self, event_id: int, *, after: int) -> list[tuple[int, OrderStatus]]:
        found = orders_to_settle(event_id, after=after)
        end_reading()
        return found

    def _settle_order(self, order_id: int, status: OrderStatus) -> bool:
        try:
            if status == OrderStatus.PENDING:
                self.payments.let_go(order_id)
            else:
                with transaction():
                    refund_order(order_id, _wish(), now=self.clock.now())
        except TixappError as fault:
            db.session.rollback()
            log.warning("order_left_for_later", order=order_id, fault=str(fault))
            return False
        return True


def _wish() -> Wish:
    return Wish(
        reason=REASON,
        asked_by=None,
        with_fee=True,
        used_too=True,
        in_bulk=True,
        disputed_too=True,
    )
