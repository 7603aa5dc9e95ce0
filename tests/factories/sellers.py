"""Who sells, and who works for them."""

from __future__ import annotations

from typing import Any

from tests.factories import saved
from tests.fixtures.time import NOON
from tixapp.accounts.models import User
from tixapp.sellers.models import Member, Role, Seller


def make_seller(owner: User, name: str = "Alice's Club", **others: Any) -> Seller:
    """Onboarded: charges and payouts are enabled on `acct_<public id>`."""
    seller = saved(
        Seller(
            **{
                "name": name,
                "charges_enabled": True,
                "payouts_enabled": True,
                "created_at": NOON,
            }
            | others
        )
    )
    if "stripe_account" not in others:
        seller.stripe_account = f"acct_{seller.public_id.removeprefix('sel_')}"
    make_member(seller, owner, Role.OWNER)
    return seller


def make_member(seller: Seller, user: User, role: Role) -> Member:
    return saved(Member(seller_id=seller.id, user_id=user.id, role=role, joined_at=NOON))
