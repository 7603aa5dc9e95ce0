"""Why a purchase cannot go on."""

from tixapp.core.errors import Conflict, Invalid


class TooLateToPay(Conflict):
    """The hold is over, or so near its end that a payment could not be finished."""

    code = "reservation_expired"


class SellerCannotSell(Conflict):
    """The seller's account at Stripe does not take payments now."""

    code = "seller_not_ready"


class PaymentMismatch(Conflict):
    """What Stripe reports is not what the order asked for: never fulfilled, always an alarm."""

    code = "payment_mismatch"


class IdempotencyMismatch(Invalid):
    """The same key came with another request."""

    code = "idempotency_mismatch"


class BadIdempotencyKey(Invalid):
    code = "idempotency_key"
