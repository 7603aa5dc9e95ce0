"""Letters about accounts. Each may run again: the user is locked first, then the letter sought."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.mails.letters import write_letter
from tixapp.mails.queries import is_written
from tixapp.web.links import link_to

from .actions import make_link
from .flows import tell_owner
from .models import LinkPurpose, User
from .queries import links_since, locked_user, user_of_address
from .rules import RESETS_AN_HOUR


def send_confirmation(fact: dict[str, Any]) -> None:
    """For ConfirmationWanted."""
    key = f"confirm:{fact['ask']}"

    def write(user: User, now: datetime) -> None:
        if user.confirmed_at is None:
            token = make_link(user, LinkPurpose.CONFIRM, now=now)
            link = link_to("accounts.confirm", token=token)
            write_letter(key, user.email, "confirm_address", name=user.name, link=link, now=now)

    _once(key, fact["user_id"], write)


def send_reset(fact: dict[str, Any]) -> None:
    """For ResetWanted. Nothing for an unknown address, and a few an hour at most for a known."""
    key = f"reset:{fact['ask']}"

    def write(user: User, now: datetime) -> None:
        lately = links_since(user.id, LinkPurpose.RESET, now - timedelta(hours=1))
        if lately < RESETS_AN_HOUR:
            token = make_link(user, LinkPurpose.RESET, now=now)
            link = link_to("accounts.reset", token=token)
            write_letter(key, user.email, "reset_password", name=user.name, link=link, now=now)

    with transaction():
        owner = user_of_address(fact["email_key"])
        owner_id = owner.id if owner else 0
    _once(key, owner_id, write)


def send_password_changed(fact: dict[str, Any]) -> None:
    """For PasswordChanged."""
    key = f"password:{fact['ask']}"

    def write(user: User, now: datetime) -> None:
        link = link_to("accounts.forgotten")
        write_letter(key, user.email, "password_changed", name=user.name, link=link, now=now)

    _once(key, fact["user_id"], write)


def send_already_here(fact: dict[str, Any]) -> None:
    """For SignUpRepeated."""
    now = clock.now()
    with transaction():
        owner = locked_user(fact["user_id"])
        if owner is not None:
            tell_owner(owner, now=now)


def _once(key: str, user_id: int, write: Callable[[User, datetime], None]) -> None:
    now = clock.now()
    with transaction():
        user = locked_user(user_id)
        if user is not None and not is_written(key):
            write(user, now)
