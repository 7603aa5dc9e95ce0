"""Users, their sessions at the server, their one-time links and their API keys."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from flask_login import UserMixin
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tixapp.core.db import Id, Model, reference
from tixapp.core.ids import new_id


class User(UserMixin, Model):  # type: ignore[misc] # flask-login carries no types
    """A person with an e-mail address; may buy, sell, scan.

    `email` is as the person wrote it; `email_key` is what makes two spellings one account.
    """

    __tablename__ = "users"
    __table_args__ = (
        sa.Index("ix_users_email_start", sa.text("lower(email) text_pattern_ops")),
        sa.Index(
            "ix_users_name_words",
            sa.text("to_tsvector('simple', fold_words(name))"),
            postgresql_using="gin",
        ),
    )

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(unique=True, default=lambda: new_id("usr"))
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str]
    is_admin: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]

    @property
    def is_active(self) -> bool:
        return self.disabled_at is None

    @property
    def is_authenticated(self) -> bool:
        """A disabled account is never loaded, so whoever is loaded is signed in."""
        return True

    def confirm(self, *, now: datetime) -> None:
        self.confirmed_at = self.confirmed_at or now

    def disable(self, *, now: datetime) -> None:
        self.disabled_at = self.disabled_at or now


class UserSession(Model):
    """One signed-in browser. Its cookie is dead once this row is ended or too old."""

    __tablename__ = "user_sessions"

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(unique=True, default=lambda: new_id("ses"))
    user_id: Mapped[int] = reference("users.id")
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    user_agent: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")

    user: Mapped[User] = relationship(lazy="raise")

    def end(self, *, now: datetime) -> None:
        self.ended_at = self.ended_at or now


class LinkPurpose(StrEnum):
    CONFIRM = "confirm"
    RESET = "reset"
    CHANGE = "change"


class LoginLink(Model):
    """A link sent by mail: for one purpose, one use, a short time. Only its hash is kept.

    `email_key` is the account's when the link was made: the link is dead once that changes.
    `email` is the new address where the purpose is to change it, else empty.
    """

    __tablename__ = "login_links"

    id: Mapped[Id]
    user_id: Mapped[int] = reference("users.id")
    purpose: Mapped[LinkPurpose]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    email_key: Mapped[str]
    email: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="raise")

    def end(self, *, now: datetime) -> None:
        self.ended_at = self.ended_at or now


class ApiKey(Model):
    """A key for the REST API; acts as its user. Shown once, stored as a hash."""

    __tablename__ = "api_keys"

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(unique=True, default=lambda: new_id("key"))
    user_id: Mapped[int] = reference("users.id")
    label: Mapped[str] = mapped_column(default="")
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    scopes: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="raise")

    def end(self, *, now: datetime) -> None:
        self.ended_at = self.ended_at or now
