"""Who sells: sellers, their members, their account at Stripe."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

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


class Invitation(Model):
    """A role that waits for the person it was offered to. Only the hash of its link is kept.

    It is over when it was taken, taken back, or too old.
    """

    __tablename__ = "invitations"

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(unique=True, default=lambda: new_id("inv"))
    seller_id: Mapped[int] = reference("sellers.id")
    email: Mapped[str]
    email_key: Mapped[str]
    role: Mapped[Role]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    invited_by: Mapped[int] = reference("users.id", index=False)
    invited_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    accepted_by: Mapped[int | None] = reference("users.id", index=False)

    seller: Mapped[Seller] = relationship(lazy="raise")

    def is_open(self, *, now: datetime) -> bool:
        return self.ended_at is None and now < self.expires_at

    def end(self, *, now: datetime, accepted_by: int | None = None) -> None:
        self.ended_at, self.accepted_by = self.ended_at or now, accepted_by
