"""What Stripe kept of each payment, and what a payout is made of: asked in the background.

Stripe books its fee some moments after the payment, a bank debit's after days. A few are asked for
one by one; many by the list of the account's charges.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from tixapp.core.clock import Clock
from tixapp.core.db import end_reading, transaction
from tixapp.core.money import Money
from tixapp.gateways.stripe import Stripe, StripeNotFound, StripeRefused, StripeUnavailable

from .actions import ask_for_fees_later, keep_stripe_fees
from .payouts import note_payout
from .queries import WithoutFee, payments_without_fee

FEW = 20
# Charges that are none of those asked for: of the account's other sales, or known already.
MOST_OTHERS = 2_000
DAY = timedelta(days=1)


def learn_payout(payout_id: str, account: str, *, stripe: Stripe) -> None:
    """Reads a payout and what it is made of, and keeps both."""
    made = stripe.payout(payout_id, account=account)
    parts: Counter[str] = Counter()
    for intent, net in stripe.payout_parts(payout_id, account=account):
        parts[intent] += net
    with transaction():
        note_payout(
            made.id,
            account,
            status=made.status,
            amount_minor=made.amount_minor,
            currency=made.currency,
            parts=parts,
        )


class StripeFees:
    def __init__(self, stripe: Stripe, clock: Clock) -> None:
        self.stripe, self.clock = stripe, clock

    def learn(self, account: str) -> int:
        """Asks for what is unknown of an account, the latest first; of how many it was told."""
        now = self.clock.now()
        wanted = payments_without_fee(account, now=now)
        end_reading()
        told: dict[str, int] = {}
        try:
            for one, fee in self._ask(account, wanted, now):
                if fee is not None and fee.currency == one.currency:
                    told[one.intent] = fee.minor
        except (StripeUnavailable, StripeRefused, StripeNotFound):
            pass  # what is not known by now is asked for again
        with transaction():
            keep_stripe_fees(account, told)
        with transaction():
            ask_for_fees_later([one.id for one in wanted if one.intent not in told], now=now)
        return len(told)

    def _ask(
        self, account: str, wanted: Sequence[WithoutFee], now: datetime
    ) -> Iterable[tuple[WithoutFee, Money | None]]:
        if len(wanted) <= FEW:
            return (
                (one, self.stripe.processing_fee(one.intent, account=account)) for one in wanted
            )
        return self._listed(account, {one.intent: one for one in wanted}, now)

    def _listed(
        self, account: str, wanted: dict[str, WithoutFee], now: datetime
    ) -> Iterable[tuple[WithoutFee, Money]]:
        since = min(one.opened_at for one in wanted.values()) - DAY
        until = max(one.settled_at for one in wanted.values()) + DAY
        others = 0
        fees = self.stripe.processing_fees(
            account, since=since, until=until if until < now else None
        )
        for intent, fee in fees:
            one = wanted.pop(intent, None)
            if one is not None:
                yield one, fee
            others += one is None
            if not wanted or others > MOST_OTHERS:
                return
