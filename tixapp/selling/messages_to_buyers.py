"""Messages to the buyers of an event: written once, sent one by one, to each person once.

What is left to do stands in the message's row, as the person who was written to last: a worker that
dies is carried on by the next, and no letter is written twice, since its key names the person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from tixapp.accounts.models import User
from tixapp.core.clock import clock
from tixapp.core.db import Id, Model, db, locked, reference, transaction
from tixapp.core.errors import Conflict, NotFound
from tixapp.core.ids import new_id
from tixapp.core.trail import note
from tixapp.events.models import Event, Tier
from tixapp.mails.actions import Enclosure
from tixapp.mails.letters import write_letter
from tixapp.sellers.models import Seller
from tixapp.tickets.models import STANDING_TICKETS, Ticket
from tixapp.web.links import link_to

A_DAY = timedelta(days=1)
MOST_A_DAY = 3
BATCH = 50
# Its own, so that no other signed value passes for it.
SALT = "unsubscribe from news"


class MessageKind(StrEnum):
    VISIT = "visit"  # what an order needs: it goes to everybody
    NEWS = "news"  # what nobody has to want


class TooManyMessages(Conflict):
    """As many as may be sent about one event in a day."""

    code = "too_many_messages"


class Message(Model):
    """`last_user_id`: who was written to last, ids ascending; `done_at`: everybody was."""

    __tablename__ = "messages"
    __table_args__ = (
        sa.Index("ix_messages_open", "id", postgresql_where=sa.text("done_at IS NULL")),
    )

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(unique=True, default=lambda: new_id("msg"))
    event_id: Mapped[int] = reference("events.id")
    tier_id: Mapped[int | None] = mapped_column(sa.BigInteger, sa.ForeignKey("tiers.id"))
    kind: Mapped[MessageKind]
    subject: Mapped[str]
    text: Mapped[str]
    written_by: Mapped[int] = reference("users.id", index=False)
    written_at: Mapped[datetime]
    people: Mapped[int]
    written: Mapped[int] = mapped_column(default=0)
    last_user_id: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    done_at: Mapped[datetime | None]


class Unsubscription(Model):
    """A person who wants no news of a seller. Letters that an order needs come all the same."""

    __tablename__ = "unsubscriptions"

    seller_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey("sellers.id"), primary_key=True, autoincrement=False
    )
    user_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey("users.id"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime]


@dataclass(frozen=True)
class Wanted:
    """What a seller wants to say, and to whom. `tier_id` None: to everybody with a ticket."""

    kind: MessageKind
    tier_id: int | None
    subject: str
    text: str


def count_people(event: Event, wanted: Wanted) -> int:
    query = _people(event.id, event.seller_id, wanted.kind, wanted.tier_id)
    return db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0


def write_message(event: Event, wanted: Wanted, *, by: int, now: datetime) -> Message:
    """The worker sends it. Raises TooManyMessages."""
    db.session.scalar(locked(sa.select(Event).where(Event.id == event.id)))
    recent = sa.select(sa.func.count(Message.id)).where(
        Message.event_id == event.id, Message.written_at > now - A_DAY
    )
    if (db.session.scalar(recent) or 0) >= MOST_A_DAY:
        raise TooManyMessages("Three messages a day are what people bear.")
    message = Message(
        event_id=event.id,
        tier_id=wanted.tier_id,
        kind=wanted.kind,
        subject=wanted.subject,
        text=wanted.text,
        written_by=by,
        written_at=now,
        people=count_people(event, wanted),
    )
    db.session.add(message)
    db.session.flush()
    after = {"message": message.public_id, "people": message.people, "kind": wanted.kind.value}
    note("message.written", event.public_id, by=by, now=now, after=after)
    return message


def messages_of(event_id: int, *, limit: int = 50) -> Sequence[Message]:
    query = sa.select(Message).filter_by(event_id=event_id).order_by(Message.id.desc())
    return db.session.scalars(query.limit(limit)).all()


def send_messages() -> int:
    """A sweep: writes the letters that are still to be written; how many those were."""
    sent = 0
    while batch := _send_some():
        sent += batch
    return sent


def _send_some() -> int:
    """One batch in a transaction of its own. 0 when nothing is left, or others are at it."""
    now = clock.now()
    with transaction():
        query = sa.select(Message).where(Message.done_at.is_(None)).order_by(Message.id).limit(1)
        message: Message | None = db.session.scalar(locked(query, skip_locked=True))
        if message is None:
            return 0
        event = db.session.get_one(Event, message.event_id)
        seller = db.session.get_one(Seller, event.seller_id)
        people = _people(event.id, seller.id, message.kind, message.tier_id)
        rows = people.where(User.id > message.last_user_id).order_by(User.id).limit(BATCH)
        found = db.session.scalars(rows).all()
        for person in found:
            message.written += _write(message, event, seller, person, now=now)
            message.last_user_id = person.id
        if len(found) < BATCH:
            message.done_at = now
        return max(1, len(found))


def _write(message: Message, event: Event, seller: Seller, person: User, *, now: datetime) -> bool:
    link, enclosures = "", []
    if message.kind is MessageKind.NEWS:
        link = link_to("unsubscribing.ask", token=unsubscribe_token(seller, person))
        enclosures = [Enclosure("List-Unsubscribe", "text/x-list-unsubscribe", link)]
    return write_letter(
        f"message:{message.public_id}:{person.id}",
        person.email,
        "message",
        now=now,
        enclosures=enclosures,
        seller=seller.name,
        event=event.name,
        heading=message.subject,
        paragraphs=paragraphs_of(message.text),
        unsubscribe=link,
    )


def paragraphs_of(text: str) -> list[str]:
    return [part.strip() for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]


def _people(
    event_id: int, seller_id: int, kind: MessageKind, tier_id: int | None
) -> sa.Select[Any]:
    """Each person once, however many tickets they have."""
    holds = sa.exists().where(
        Ticket.holder_id == User.id,
        Ticket.event_id == event_id,
        Ticket.status.in_(STANDING_TICKETS),
        *([Ticket.tier_id == tier_id] if tier_id is not None else []),
    )
    query = sa.select(User).where(holds, User.disabled_at.is_(None))
    if kind is MessageKind.NEWS:
        said_no = sa.exists().where(
            Unsubscription.seller_id == seller_id, Unsubscription.user_id == User.id
        )
        query = query.where(sa.not_(said_no))
    return query


def unsubscribe_token(seller: Seller, person: User) -> str:
    """Signed, and says nothing of the person but ids."""
    return str(_signer().dumps([seller.public_id, person.public_id]))


def read_unsubscribe_token(token: str) -> tuple[Seller, User]:
    """Raises NotFound for what we did not sign for this."""
    try:
        seller_id, user_id = _signer().loads(token)
    except (BadSignature, ValueError, TypeError) as fault:
        raise NotFound("There is no such link.") from fault
    seller = db.session.scalar(sa.select(Seller).where(Seller.public_id == str(seller_id)))
    user = db.session.scalar(sa.select(User).where(User.public_id == str(user_id)))
    if seller is None or user is None:
        raise NotFound("There is no such link.")
    return seller, user


def unsubscribe(seller: Seller, person: User, *, now: datetime) -> None:
    """Twice is no fault."""
    db.session.execute(
        insert(Unsubscription)
        .values(seller_id=seller.id, user_id=person.id, at=now)
        .on_conflict_do_nothing()
    )


def tier_named(event: Event, public_id: str) -> Tier | None:
    return next((tier for tier in event.tiers if tier.public_id == public_id), None)


def _signer() -> URLSafeSerializer:
    """Links of letters that were sent under an older key go on working."""
    older, newest = current_app.config["SECRET_KEY_FALLBACKS"], current_app.config["SECRET_KEY"]
    return URLSafeSerializer([*reversed(older), newest], salt=SALT)
