"""Who sells: sellers, their members, their account at Stripe."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from tixapp.core.db import Id, Model, reference
from tixapp.core.ids import new_id


class Seller(Model):
    """Who organises and is paid. What Stripe says of the account is copied, never guessed."""

    __tablename__ = "sellers"

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(unique=True, default=lambda: new_id("sel"))
    name: Mapped[str]
    country: Mapped[str] = mapped_column(default="DE")
    stripe_account: Mapped[str | None] = mapped_column(unique=True)
    charges_enabled: Mapped[bool] = mapped_column(default=False)
    payouts_enabled: Mapped[bool] = mapped_column(default=False)
    requirements: Mapped[dict[str, Any]] = mapped_column(default=dict)
    account_read_at: Mapped[datetime | None]
    # Whether it ever took payments: then it is stopped now, and not merely unfinished.
    has_charged: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    contact: Mapped[str] = mapped_column(default="", server_default="")
    fee_bps: Mapped[int | None]
    created_at: Mapped[datetime]


class Role(StrEnum):
    OWNER = "owner"
    EDITOR = "editor"
    DOOR = "door"


class Member(Model):
    """A user's role at a seller, until it is taken away."""

    __tablename__ = "members"
    __table_args__ = (
        sa.Index(
            "uq_members_standing",
            "seller_id",
            "user_id",
            unique=True,
            postgresql_where=sa.text("removed_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    seller_id: Mapped[int] = reference("sellers.id")
    user_id: Mapped[int] = reference("users.id")
    role: Mapped[Role]
    joined_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
