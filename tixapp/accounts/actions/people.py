"""Accounts: made, confirmed, changed, disabled."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from tixapp.accounts.errors import AddressTaken
from tixapp.accounts.facts import ConfirmationWanted, PasswordChanged, ResetWanted, SignUpRepeated
from tixapp.accounts.models import LinkPurpose, LoginLink, User, UserSession
from tixapp.accounts.queries import user_of_address
from tixapp.accounts.rules import Address
from tixapp.core.db import db
from tixapp.core.facts import record
from tixapp.core.ids import new_id
from tixapp.core.trail import note

from .links import end_links, use_link
from .sessions import end_access

TAKEN = "There is already an account with this address."


def create_user(
    address: Address,
    password_hash: str,
    *,
    name: str = "",
    is_confirmed: bool = False,
    is_admin: bool = False,
    now: datetime,
) -> User:
    """Raises AddressTaken; the database decides between two at once."""
    user_id = db.session.scalar(
        insert(User)
        .values(
            email=address.email,
            email_key=address.key,
            name=name,
            password_hash=password_hash,
            is_admin=is_admin,
            created_at=now,
            confirmed_at=now if is_confirmed else None,
        )
        .on_conflict_do_nothing(index_elements=[User.email_key])
        .returning(User.id)
    )
    if user_id is None:
        raise AddressTaken(TAKEN)
    user = db.session.get_one(User, user_id)
    note("account.made", user.public_id, by=None if is_confirmed else user.id, now=now)
    return user


def ensure_user(address: Address, password_hash: str, *, name: str, now: datetime) -> User:
    """The account of an address, made if there is none: its owner comes in by a new password."""
    for _attempt in range(2):  # the second time it is there: somebody made it in this very moment
        owner = user_of_address(address.key)
        if owner is not None:
            return owner
        with suppress(AddressTaken):
            return create_user(address, password_hash, name=name, now=now)
    raise AddressTaken(TAKEN)


def sign_up(address: Address, password_hash: str, *, name: str, now: datetime) -> User | None:
    """The new account, or None if the address has one: its owner is told by a letter."""
    try:
        user = create_user(address, password_hash, name=name, now=now)
    except AddressTaken:
        owner = user_of_address(address.key)
        if owner is not None:
            note_repeated_sign_up(owner.id)
        return None
    want_confirmation(user)
    return user


def note_repeated_sign_up(owner_id: int) -> None:
    record(SignUpRepeated(owner_id))


def rename(user_id: int, name: str) -> None:
    db.session.get_one(User, user_id).name = name


def change_password(
    user: User, password_hash: str, *, kept: UserSession | None = None, now: datetime
) -> None:
    """Ends every other way in and tells the owner."""
    user.password_hash = password_hash
    end_access(user.id, kept=kept, now=now)
    end_links(user.id, now=now)
    record(PasswordChanged(user.id, ask=new_id("ask")))
    note("account.password_changed", user.public_id, by=user.id, now=now)


def disable(user: User, *, by: int | None, now: datetime) -> None:
    """`by` is the admin; None for the system itself."""
    user.disable(now=now)
    note("account.disabled", user.public_id, by=by, now=now)
    end_access(user.id, now=now)
    end_links(user.id, now=now)


def want_confirmation(user: User) -> None:
    record(ConfirmationWanted(user.id, ask=new_id("ask")))


def want_reset(email_key: str) -> None:
    """The same work for an address nobody has: whether somebody does is found out by the job."""
    record(ResetWanted(email_key, ask=new_id("ask")))


def confirm_address(token: str, *, now: datetime) -> User:
    """Raises LinkDead."""
    link = use_link(token, LinkPurpose.CONFIRM, now=now)
    link.user.confirm(now=now)
    return link.user


def reset_password(token: str, password_hash: str, *, now: datetime) -> User:
    """Following the link shows that the address is the person's own. Raises LinkDead."""
    link = use_link(token, LinkPurpose.RESET, now=now)
    change_password(link.user, password_hash, now=now)
    link.user.confirm(now=now)
    return link.user


def change_address(
    link: LoginLink, address: Address, *, kept: UserSession | None, now: datetime
) -> None:
    """Gives the account its new, confirmed address. Raises AddressTaken, changing nothing."""
    user = link.user
    owner = user_of_address(address.key)
    if owner is not None and owner.id != user.id:
        raise AddressTaken(TAKEN)
    user.email, user.email_key = address.email, address.key
    user.confirmed_at = now
    try:
        db.session.flush()
    except IntegrityError as fault:  # somebody signed up with it in this very moment
        raise AddressTaken(TAKEN) from fault
    end_access(user.id, kept=kept, now=now)
    end_links(user.id, now=now)
    # No address stands in the trail: it is kept when the person has gone.
    note("account.address_changed", user.public_id, by=user.id, now=now)
