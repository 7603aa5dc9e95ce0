"""Who is asking: the API key of the platform, and the account it acts for."""

import base64
import binascii
import re

from sandbox.stripe.context import PLATFORM
from sandbox.stripe.errors import ApiError, account_invalid
from sandbox.stripe.http import Request
from sandbox.stripe.store import Store

SECRET_KEY = re.compile(r"^(sk|rk)_test_[A-Za-z0-9_]{1,200}$")
PUBLISHABLE = re.compile(r"^pk_(test|live)_")


def secret_key(request: Request, only: frozenset[str]) -> str:
    """The request's key. Any well-formed test key is good, unless the sandbox was given a list."""
    key = _presented(request.header("Authorization"))
    if key is None:
        raise _unauthorized(
            "You did not provide an API key. You need to provide your API key in the Authorization"
            " header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See"
            " https://stripe.com/docs/api#authentication for details, or we can help at"
            " https://support.stripe.com/."
        )
    if PUBLISHABLE.match(key):
        raise _unauthorized(
            "This API call cannot be made with a publishable API key. Please use a secret API"
            " key. You"
            " can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.",
            "secret_key_required",
        )
    if not SECRET_KEY.match(key) or (only and key not in only):
        raise _unauthorized(f"Invalid API Key provided: {hint(key)}")
    return key


def _presented(header: str | None) -> str | None:
    scheme, _, value = (header or "").strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip() or None
    if scheme.lower() == "basic":
        try:
            user = base64.b64decode(value.strip(), validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return None
        return user or None
    return None


def _unauthorized(message: str, code: str | None = None) -> ApiError:
    return ApiError(message, status=401, code=code)


def hint(key: str) -> str:
    """A key as an error shows it: the kind and the last four characters."""
    kind = re.match(r"^[a-z]{2}_(?:test|live)_", key)
    shown = kind.group() if kind else ""
    rest = key[len(shown) :]
    return shown + "*" * max(0, len(rest) - 4) + rest[-4:]


def acting_account(request: Request, store: Store, key: str) -> str:
    """The platform, or the connected account that the request names."""
    platform = str(store.setting(PLATFORM))
    wanted = request.header("Stripe-Account") or request.header("Stripe-Context")
    if not wanted or wanted == platform:
        return platform
    found = store.find(wanted, kind="account", account=platform)
    if found is None or found.hidden.get("gone"):
        raise account_invalid(hint(key), wanted)
    return wanted
