"""Signing in and changing a way in: reading, hashing, writing.

A password is hashed between two short transactions, never inside one: it takes a core 25 ms, and
no connection waits for it.
"""

from datetime import datetime

from tixapp.core.db import end_reading, transaction
from tixapp.mails.letters import write_letter
from tixapp.web.links import link_to

from . import actions
from .actions import Visitor
from .errors import WrongPassword
from .models import LinkPurpose, User, UserSession
from .passwords import fits, hash_password, is_outdated
from .queries import Credentials, credentials, locked_user, user_of_address
from .rules import Address, address


def sign_in(who: Address, password: str, visitor: Visitor, *, now: datetime) -> str | None:
    """The token of a new session; None, after the same work, for any pair that does not fit."""
    found = credentials(who.key)
    end_reading()
    if not fits(password, found.password_hash if found else None) or found is None:
        return None
    return _enter(found, password, visitor, now=now)


def sign_up(
    who: Address, password: str, *, name: str, visitor: Visitor, now: datetime
) -> str | None:
    """The token of a new session for a new account, or for the old one if the password is its.

    None if somebody else has an account there: they get a letter, and the caller shows the same
    page. Either way one password is hashed and one transaction written.
    """
    found = credentials(who.key)
    end_reading()
    if found is not None:
        if fits(password, found.password_hash):
            return _enter(found, password, visitor, now=now)
        with transaction():
            actions.note_repeated_sign_up(found.user_id)
        return None
    password_hash = hash_password(password)
    with transaction():
        user = actions.sign_up(who, password_hash, name=name, now=now)
        return actions.start_session(user.id, visitor, now=now) if user else None


def reset_password(token: str, password: str, visitor: Visitor, *, now: datetime) -> str:
    """The token of a new session; all former ways in are dead. Raises LinkDead."""
    password_hash = hash_password(password)
    with transaction():
        user = actions.reset_password(token, password_hash, now=now)
        return actions.start_session(user.id, visitor, now=now)


def change_password(
    user: User, old: str, new: str, *, kept: UserSession | None, now: datetime
) -> None:
    """Every session but `kept`, every key and every link is dead. Raises WrongPassword."""
    _check(user, old)
    password_hash = hash_password(new)
    with transaction():
        actions.change_password(_same(user), password_hash, kept=kept, now=now)


def want_new_address(user: User, password: str, new: Address, *, now: datetime) -> None:
    """Sends a link to the new address. If another account has it, that one is told instead, and
    the caller shows the same page. Raises WrongPassword."""
    _check(user, password)
    with transaction():
        asker = _same(user)
        owner = user_of_address(new.key)
        if owner is not None and owner.id != asker.id:
            tell_owner(owner, now=now)
            return
        token = actions.make_link(asker, LinkPurpose.CHANGE, email=new.email, now=now)
        write_letter(
            f"change:{asker.public_id}:{now.timestamp()}",
            new.email,
            "new_address",
            name=asker.name,
            link=link_to("accounts.new_address", token=token),
            now=now,
        )


def use_new_address(token: str, *, kept: UserSession | None, now: datetime) -> None:
    """Raises LinkDead or AddressTaken. The old address is told."""
    with transaction():
        link = actions.use_link(token, LinkPurpose.CHANGE, now=now)
        user, old = link.user, link.user.email
        actions.change_address(link, address(link.email), kept=kept, now=now)
        write_letter(
            f"changed:{user.public_id}:{now.timestamp()}",
            old,
            "address_changed",
            name=user.name,
            new=user.email,
            now=now,
        )


def tell_owner(owner: User, *, now: datetime) -> None:
    """That somebody tried to use their address for another account; at most once an hour."""
    write_letter(
        f"owner:{owner.public_id}:{now:%Y%m%d%H}",
        owner.email,
        "already_here",
        name=owner.name,
        sign_in=link_to("accounts.sign_in"),
        forgotten=link_to("accounts.forgotten"),
        now=now,
    )


def create_account(
    who: Address, password: str, *, name: str = "", is_admin: bool = False, now: datetime
) -> User:
    """With a confirmed address, for commands and demo data. Raises AddressTaken."""
    password_hash = hash_password(password)
    with transaction():
        return actions.create_user(
            who, password_hash, name=name, is_confirmed=True, is_admin=is_admin, now=now
        )


def _enter(found: Credentials, password: str, visitor: Visitor, *, now: datetime) -> str | None:
    """None if the password was changed while we checked the old one."""
    fresh = hash_password(password) if is_outdated(found.password_hash) else None
    with transaction():
        user = locked_user(found.user_id)
        if user is None or user.password_hash != found.password_hash:
            return None
        if fresh is not None:
            user.password_hash = fresh
        return actions.start_session(user.id, visitor, now=now)


def _check(user: User, password: str) -> None:
    end_reading()
    if not fits(password, user.password_hash):
        raise WrongPassword("This is not your password.")


def _same(user: User) -> User:
    """The row itself, locked, unless its password was changed since it was checked."""
    row = locked_user(user.id)
    if row is None or row.password_hash != user.password_hash:
        raise WrongPassword("This is not your password any more.")
    return row
