"""What can go wrong at Stripe, as the rest sees it, and how the SDK's errors become it."""

from collections.abc import Iterator
from contextlib import contextmanager

import stripe as sdk

from tixapp.core.db import refuse_inside_transaction
from tixapp.core.errors import Conflict, Invalid, NotFound, Unavailable

TOO_MANY = 429
UNUSABLE_ACCOUNT = frozenset(
    {"account_invalid", "capability_not_enabled", "insufficient_capabilities_for_transfer"}
)


class StripeUnavailable(Unavailable):
    """No answer, or a fault at Stripe: what happened is unknown and must be read, not repeated."""

    code = "payment_provider_unavailable"


class StripeBusy(StripeUnavailable):
    """Asked too often: nothing happened, come back later."""


class StripeRefused(Conflict):
    """Stripe said no. `reason` is its code: `charge_already_refunded`, `account_invalid`, ..."""

    code = "payment_provider_refused"

    def __init__(self, message: str, reason: str | None) -> None:
        super().__init__(message)
        self.reason = reason or ""


class AccountUnusable(StripeRefused):
    """The seller's account is unknown to us, disconnected, or may not take payments."""


class StripeNotFound(NotFound):
    pass


class BadSignature(Invalid):
    code = "bad_signature"


@contextmanager
def translated() -> Iterator[None]:
    """Stripe's errors become ours; no call is made while a transaction is open."""
    refuse_inside_transaction()
    try:
        yield
    except sdk.RateLimitError as fault:
        raise StripeBusy(str(fault)) from fault
    except (sdk.APIConnectionError, sdk.AuthenticationError) as fault:
        raise StripeUnavailable(str(fault)) from fault
    except sdk.PermissionError as fault:
        raise AccountUnusable(str(fault), fault.code) from fault
    except sdk.InvalidRequestError as fault:
        raise _refusal(fault) from fault
    except (sdk.CardError, sdk.IdempotencyError) as fault:
        raise StripeRefused(str(fault), fault.code) from fault
    except sdk.StripeError as fault:
        if fault.http_status == TOO_MANY:
            raise StripeBusy(str(fault)) from fault
        raise StripeUnavailable(str(fault)) from fault


def _refusal(fault: sdk.InvalidRequestError) -> Exception:
    if fault.code == "resource_missing":
        return StripeNotFound(str(fault))
    kind = AccountUnusable if fault.code in UNUSABLE_ACCOUNT else StripeRefused
    return kind(str(fault), fault.code)
