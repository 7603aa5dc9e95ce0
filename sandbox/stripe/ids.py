"""Ids that look like Stripe's: a prefix and letters and digits that nobody can guess."""

import secrets
import string

ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str, length: int = 24) -> str:
    return f"{prefix}_{token(length)}"


def token(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
