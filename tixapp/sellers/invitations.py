"""Asking somebody by mail to work for a seller, inside the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tixapp.accounts.models import User
from tixapp.accounts.queries import hashed, user_of_address
from tixapp.accounts.rules import Address
from tixapp.core.db import db, locked
from tixapp.core.errors import NotFound
from tixapp.core.ids import new_secret
from tixapp.core.trail import note

from .actions import add_member
from .errors import AlreadyMember, InvitationOver, TooManyInvitations
from .models import Invitation, Member, Role, Seller
from .queries import locked_seller, role_of

LIFE = timedelta(days=14)
MOST_OPEN = 50


def invite(
    seller_id: int, address: Address, role: Role, *, by: int, now: datetime
) -> tuple[Invitation, str]:
    """The invitation and the token of its link; an earlier one to the same address is over.

    Raises AlreadyMember, TooManyInvitations.
    """
    seller = locked_seller(seller_id)
    known = user_of_address(address.key)
    if known is not None and role_of(known.id, seller_id) is not None:
        raise AlreadyMember("This person already works there.")
    waiting = open_invitations(seller_id, now=now)
    for earlier in waiting:
        if earlier.email_key == address.key:
            earlier.end(now=now)
    if len(waiting) >= MOST_OPEN:
        raise TooManyInvitations("Many invitations wait for an answer already.")
    token = new_secret()
    made = Invitation(
        seller_id=seller_id,
        email=address.email,
        email_key=address.key,
        role=role,
        token_hash=hashed(token),
        invited_by=by,
        invited_at=now,
        expires_at=now + LIFE,
    )
    db.session.add(made)
    db.session.flush()
    after = {"invitation": made.public_id, "role": role.value}
    note("member.invited", seller.public_id, by=by, now=now, after=after)
    return made, token


def accept(token: str, user: User, *, now: datetime) -> Seller:
    """The person works there from now on. Raises InvitationOver, AlreadyMember."""
    found = invitation_for(token, user, now=now)
    seller = found.seller
    locked_seller(found.seller_id)
    query = locked(sa.select(Invitation).where(Invitation.id == found.id))
    invitation: Invitation = db.session.scalars(query).one()
    if not invitation.is_open(now=now):
        raise InvitationOver("This invitation no longer works.")
    invitation.end(now=now, accepted_by=user.id)
    add_member(invitation.seller_id, user.id, invitation.role, by=user.id, now=now)
    return seller


def take_back(public_id: str, seller_id: int, *, by: int, now: datetime) -> None:
    """Its link works no longer. Raises NotFound; twice is no fault."""
    seller = locked_seller(seller_id)
    invitation = db.session.scalar(
        sa.select(Invitation).where(
            Invitation.public_id == public_id, Invitation.seller_id == seller_id
        )
    )
    if invitation is None:
        raise NotFound("There is no such invitation.")
    if invitation.ended_at is None:
        invitation.end(now=now)
        before = {"invitation": invitation.public_id}
        note("member.uninvited", seller.public_id, by=by, now=now, before=before)


def invitation_for(token: str, user: User, *, now: datetime) -> Invitation:
    """With its seller, for the one person whose address was written to. Raises InvitationOver,
    the same for a link that never was."""
    found = db.session.scalar(
        sa.select(Invitation)
        .where(Invitation.token_hash == hashed(token))
        .options(joinedload(Invitation.seller))
    )
    if found is None or not found.is_open(now=now) or found.email_key != user.email_key:
        raise InvitationOver("This invitation no longer works.")
    return found


def open_invitations(seller_id: int, *, now: datetime) -> Sequence[Invitation]:
    return db.session.scalars(
        sa.select(Invitation)
        .where(
            Invitation.seller_id == seller_id,
            Invitation.ended_at.is_(None),
            Invitation.expires_at > now,
        )
        .order_by(Invitation.id)
    ).all()


def people_of(seller_id: int) -> Sequence[tuple[Member, User]]:
    """Who works there, in the order in which they came."""
    rows = db.session.execute(
        sa.select(Member, User)
        .join(User, User.id == Member.user_id)
        .where(Member.seller_id == seller_id, Member.removed_at.is_(None))
        .order_by(Member.id)
    )
    return [(row[0], row[1]) for row in rows]


def person_of(public_id: str, seller_id: int) -> User:
    """Somebody who works there, by the id of their account. Raises NotFound."""
    for _member, user in people_of(seller_id):
        if user.public_id == public_id:
            return user
    raise NotFound("Nobody of that name works there.")
