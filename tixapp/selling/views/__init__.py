"""/sell/events, /sell/orders: how it sells, who bought, what goes back."""

from . import cancellation, dashboard, events, orders, refunds
from .base import bp

__all__ = ["bp", "cancellation", "dashboard", "events", "orders", "refunds"]
