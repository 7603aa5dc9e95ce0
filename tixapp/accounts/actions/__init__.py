"""What is done to accounts, inside the caller's transaction."""

from .keys import NewKey, create_api_key, end_api_key, use_api_key
from .links import end_links, make_link, use_link
from .people import (
    change_address,
    change_password,
    confirm_address,
    create_user,
    disable,
    ensure_user,
    note_repeated_sign_up,
    rename,
    reset_password,
    sign_up,
    want_confirmation,
    want_reset,
)
from .sessions import (
    Visitor,
    end_access,
    end_other_sessions,
    end_session,
    see_session,
    start_session,
)

__all__ = [
    "NewKey",
    "Visitor",
    "change_address",
    "change_password",
    "confirm_address",
    "create_api_key",
    "create_user",
    "disable",
    "end_access",
    "end_api_key",
    "end_links",
    "end_other_sessions",
    "end_session",
    "ensure_user",
    "make_link",
    "note_repeated_sign_up",
    "rename",
    "reset_password",
    "see_session",
    "sign_up",
    "start_session",
    "use_api_key",
    "use_link",
    "want_confirmation",
    "want_reset",
]
