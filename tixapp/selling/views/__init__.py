"""/sell/events, /sell/orders: how it sells, who bought, what goes back."""

from . import (
    cancellation,
    dashboard,
    door,
    editor,
    events,
    gates,
    guests,
    lists,
    orders,
    pictures,
    publication,
    refunds,
    team,
    tiers,
)
from .base import bp

__all__ = [
    "bp",
    "cancellation",
    "dashboard",
    "door",
    "editor",
    "events",
    "gates",
    "guests",
    "lists",
    "orders",
    "pictures",
    "publication",
    "refunds",
    "team",
    "tiers",
]
