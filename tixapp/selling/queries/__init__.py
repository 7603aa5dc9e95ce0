"""What the seller's pages ask."""

from .events import MANAGERS, EventRow, coming_events, managed_events, managed_sellers
from .orders import names_of, orders_of_refunds, refund_of_order, refunds_of_order
from .plans import Plan, plan_of
from .search import found_orders, guests

__all__ = [
    "MANAGERS",
    "EventRow",
    "Plan",
    "coming_events",
    "found_orders",
    "guests",
    "managed_events",
    "managed_sellers",
    "names_of",
    "orders_of_refunds",
    "plan_of",
    "refund_of_order",
    "refunds_of_order",
]
