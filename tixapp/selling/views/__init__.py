"""/sell/events, /sell/orders: how it sells, who bought, what goes back."""

from . import cancellation, events, orders, refunds
from .base import bp

__all__ = ["bp", "cancellation", "events", "orders", "refunds"]
