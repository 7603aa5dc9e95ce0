"""Who is in the demo: five logins, and four guests who have none."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "tixapp-demo"  # noqa: S105 - known to everyone: loaded on purpose only
SELLER = "Night Heron Events"


@dataclass(frozen=True)
class DemoPerson:
    email: str
    name: str
    is_admin: bool = False


SELLING = DemoPerson("seller@example.com", "Sam Okonkwo")
AT_THE_DOOR = DemoPerson("door@example.com", "Dora Lind")
LATE_COMER = DemoPerson("buyer2@example.com", "Ben Takahashi")
LOGINS = (
    DemoPerson("buyer@example.com", "Bea Marchetti"),
    LATE_COMER,
    SELLING,
    AT_THE_DOOR,
    DemoPerson("admin@example.com", "Ada Novak", is_admin=True),
)
# They were invited before the sale; nobody knows their passwords.
GUESTS = (
    DemoPerson("ruth@guests.example.com", "Ruth Adler"),
    DemoPerson("milan@guests.example.com", "Milan Kovar"),
    DemoPerson("yusra@guests.example.com", "Yusra Haddad"),
    DemoPerson("piet@guests.example.com", "Piet van Dam"),
)
