"""Opening a seller, its people, and what Stripe says of its account."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tixapp.accounts.actions import end_access
from tixapp.core.db import db
from tixapp.core.errors import NotFound
from tixapp.core.facts import record
from tixapp.core.trail import note

from .errors import AlreadyMember, LastOwner
from .facts import PaymentsWithdrawn
from .models import Member, Role, Seller
from .queries import locked_seller, role_of, standing_members

_RANKS = {Role.DOOR: 0, Role.EDITOR: 1, Role.OWNER: 2}


def create_seller(owner_id: int, name: str, *, country: str = "DE", now: datetime) -> Seller:
    """With its first owner, and no account at Stripe yet. `country` is ISO 3166, two letters."""
    seller = Seller(name=name, country=country, created_at=now)
    db.session.add(seller)
    db.session.flush()
    db.session.add(Member(seller_id=seller.id, user_id=owner_id, role=Role.OWNER, joined_at=now))
    note("seller.opened", seller.public_id, by=owner_id, now=now, after={"country": country})
    return seller


def add_member(seller_id: int, user_id: int, role: Role, *, by: int, now: datetime) -> Member:
    """Raises AlreadyMember."""
    seller = locked_seller(seller_id)
    if role_of(user_id, seller_id) is not None:
        raise AlreadyMember("This person already works there.")
    member = Member(seller_id=seller_id, user_id=user_id, role=role, joined_at=now)
    db.session.add(member)
    after = {"user": user_id, "role": role.value}
    note("member.added", seller.public_id, by=by, now=now, after=after)
    return member


def remove_member(seller_id: int, user_id: int, *, by: int, now: datetime) -> None:
    """Takes the role away and ends the person's sessions and API keys. Raises LastOwner."""
    seller = locked_seller(seller_id)
    members = standing_members(seller_id)
    owners = [member for member in members if member.role is Role.OWNER]
    if [owner.user_id for owner in owners] == [user_id]:
        raise LastOwner("A seller needs an owner: name another one first.")
    for member in members:
        if member.user_id == user_id:
            member.removed_at = now
            end_access(user_id, now=now)
            before = {"user": user_id, "role": member.role.value}
            note("member.removed", seller.public_id, by=by, now=now, before=before)


def edit_profile(seller_id: int, *, name: str, contact: str, by: int, now: datetime) -> Seller:
    """What buyers are told of the seller. `contact` is an address of mail, or empty."""
    seller = locked_seller(seller_id)
    before = {"name": seller.name, "contact": seller.contact}
    seller.name, seller.contact = name, contact
    after = {"name": name, "contact": contact}
    if before != after:
        note("seller.edited", seller.public_id, by=by, now=now, before=before, after=after)
    return seller


def change_role(seller_id: int, user_id: int, role: Role, *, by: int, now: datetime) -> None:
    """Whoever may do less from now on is signed out everywhere. Raises LastOwner, NotFound."""
    seller = locked_seller(seller_id)
    members = standing_members(seller_id)
    member = next((one for one in members if one.user_id == user_id), None)
    if member is None:
        raise NotFound("Nobody of that name works there.")
    if member.role is role:
        return
    owners = [one.user_id for one in members if one.role is Role.OWNER]
    if owners == [user_id]:
        raise LastOwner("A seller needs an owner: name another one first.")
    before, member.role = member.role, role
    if _RANKS[role] < _RANKS[before]:
        end_access(user_id, now=now)
    note(
        "member.changed",
        seller.public_id,
        by=by,
        now=now,
        before={"user": user_id, "role": before.value},
        after={"user": user_id, "role": role.value},
    )


def attach_account(seller_id: int, account_id: str) -> None:
    """Stored as soon as Stripe has made it. The first one stays."""
    db.session.execute(
        sa.update(Seller)
        .where(Seller.id == seller_id, Seller.stripe_account.is_(None))
        .values(stripe_account=account_id)
    )


def copy_account(
    seller_id: int,
    *,
    charges_enabled: bool,
    payouts_enabled: bool,
    requirements: dict[str, Any],
    now: datetime,
) -> Seller:
    """Takes over what Stripe says of the seller's account."""
    seller = locked_seller(seller_id)
    if seller.charges_enabled != charges_enabled:
        _note_charges(seller, charges_enabled, now=now)
    seller.charges_enabled = charges_enabled
    seller.payouts_enabled = payouts_enabled
    seller.requirements = requirements
    seller.account_read_at = now
    return seller


def _note_charges(seller: Seller, charges_enabled: bool, *, now: datetime) -> None:
    """Stripe's own doing, in the audit trail; a withdrawal is told to the owners."""
    deed = "seller.payments_began" if charges_enabled else "seller.payments_withdrawn"
    note(deed, seller.public_id, by=None, now=now)
    seller.has_charged = True
    if not charges_enabled:
        record(PaymentsWithdrawn(seller.id, now.isoformat()))
