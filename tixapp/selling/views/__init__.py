"""/sell/events, /sell/orders: how it sells, who bought, what goes back."""

from . import (
    cancellation,
    codes,
    dashboard,
    door,
    editor,
    events,
    gates,
    guests,
    lists,
    orders,
    payouts,
    pictures,
    publication,
    refunds,
    room,
    team,
    tiers,
)
from .base import bp

__all__ = [
    "bp",
    "cancellation",
    "codes",
    "dashboard",
    "door",
    "editor",
    "events",
    "gates",
    "guests",
    "lists",
    "orders",
    "payouts",
    "pictures",
    "publication",
    "refunds",
    "room",
    "team",
    "tiers",
]
