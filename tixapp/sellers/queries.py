"""Who works for whom. Roles are read at each request: taken away, they are gone at the next."""

from collections.abc import Sequence
from typing import cast

import sqlalchemy as sa

from tixapp.accounts.models import User
from tixapp.core.db import db, locked
from tixapp.core.errors import NotFound

from .models import Member, Role, Seller


def role_of(user_id: int, seller_id: int) -> Role | None:
    return db.session.scalar(
        sa.select(Member.role).where(
            Member.user_id == user_id,
            Member.seller_id == seller_id,
            Member.removed_at.is_(None),
        )
    )


def sellers_of(user_id: int) -> Sequence[tuple[Seller, Role]]:
    """Where the person works, the oldest first."""
    rows = db.session.execute(
        sa.select(Seller, Member.role)
        .join(Member, Member.seller_id == Seller.id)
        .where(Member.user_id == user_id, Member.removed_at.is_(None))
        .order_by(Seller.id)
    )
    return [(row[0], row[1]) for row in rows]


def seller_of(public_id: str, user_id: int) -> tuple[Seller, Role]:
    """The seller and the person's role there. Raises NotFound for strangers too."""
    found = db.session.execute(
        sa.select(Seller, Member.role)
        .join(Member, Member.seller_id == Seller.id)
        .where(
            Seller.public_id == public_id,
            Member.user_id == user_id,
            Member.removed_at.is_(None),
        )
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such seller.")
    return found[0], found[1]


def locked_seller(seller_id: int) -> Seller:
    wanted = sa.select(Seller).where(Seller.id == seller_id)
    return cast("Seller", db.session.scalars(locked(wanted)).one())


def standing_members(seller_id: int) -> Sequence[Member]:
    return db.session.scalars(
        sa.select(Member)
        .where(Member.seller_id == seller_id, Member.removed_at.is_(None))
        .order_by(Member.id)
    ).all()


def owner_addresses(seller_id: int) -> list[str]:
    """Where the seller's owners are written to."""
    return list(
        db.session.scalars(
            sa.select(User.email)
            .join(Member, Member.user_id == User.id)
            .where(
                Member.seller_id == seller_id,
                Member.role == Role.OWNER,
                Member.removed_at.is_(None),
                User.disabled_at.is_(None),
            )
            .order_by(User.id)
        )
    )
