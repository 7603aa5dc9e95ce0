"""What the rest may want to know of sellers."""

from dataclasses import dataclass

from tixapp.core.facts import Fact


@dataclass(frozen=True)
class PaymentsWithdrawn(Fact):
    """Stripe took payments for the seller and does so no longer. `at`: an ISO moment."""

    seller_id: int
    at: str
