"""The calls, by what they are about. Importing them declares them."""

from . import (
    checkout,
    doors,
    events,
    kinds,
    orders,
    reservations,
    rooms,
    sales,
    selling,
    waiting,
)

__all__ = [
    "checkout",
    "doors",
    "events",
    "kinds",
    "orders",
    "reservations",
    "rooms",
    "sales",
    "selling",
    "waiting",
]
