"""What happened to accounts. `ask` is a random id: its letter is written once.

The letters are written by jobs, so that a request does the same work whether or not it named an
account that exists.
"""

from dataclasses import dataclass

from tixapp.core.facts import Fact


@dataclass(frozen=True)
class ConfirmationWanted(Fact):
    """A new account, or one that asks for the letter again."""

    user_id: int
    ask: str


@dataclass(frozen=True)
class SignUpRepeated(Fact):
    """Somebody signed up with the address of an account."""

    user_id: int


@dataclass(frozen=True)
class ResetWanted(Fact):
    """Somebody forgot the password of an account that may not exist."""

    email_key: str
    ask: str


@dataclass(frozen=True)
class PasswordChanged(Fact):
    user_id: int
    ask: str
