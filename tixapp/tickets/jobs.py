"""What follows from an order that was paid."""

from typing import Any

from tixapp.core.clock import clock
from tixapp.core.db import transaction

from .letters import write_tickets_letter


def send_tickets(fact: dict[str, Any]) -> None:
    """One letter for an order, however often this runs."""
    order_id = int(fact["order_id"])
    with transaction():
        write_tickets_letter(order_id, f"tickets:{order_id}", now=clock.now())
