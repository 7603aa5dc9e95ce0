"""What of our fee goes back with a refund. Source: R8 in docs/payments.md."""

from tixapp.core.money import Money


def fee_back(fee: Money, paid: Money, back: Money, *, returned: Money) -> Money:
    """Our fee's part of all that has gone back with it, less what was returned before.

    `back`: the standing refunds that return the fee, together, this one with them. Counted over
    all of them, so that the parts of a whole refund return the whole fee, and one that a bank sent
    back and that goes out again returns nothing twice. Rounded half up, as Stripe does.
    """
    owed = (2 * fee.minor * back.minor + paid.minor) // (2 * paid.minor)
    return Money(max(0, owed - returned.minor), fee.currency)
