"""Rate limits, counted in Redis; in memory while Redis is away."""

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user

limiter = Limiter(
    key_func=get_remote_address,
    strategy="moving-window",
    in_memory_fallback_enabled=True,
    headers_enabled=True,
)


def by_person() -> str:
    """The signed-in account, else the address: never an id that the client may choose."""
    if current_user and current_user.is_authenticated:
        return f"user:{current_user.id}"
    return f"ip:{get_remote_address()}"


def by_named_account() -> str:
    """The account somebody tries to sign in to, whether it exists or not."""
    return f"email:{request.form.get('email', '').strip().casefold()[:200]}"


def register(app: Flask) -> None:
    limiter.init_app(app)
