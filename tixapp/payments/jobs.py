"""What is learned of payments when nobody is looking."""

from tixapp.core.clock import clock
from tixapp.core.db import end_reading
from tixapp.core.sweeps import each
from tixapp.gateways import gateways

from .flows import StripeFees
from .queries import accounts_without_fees


def learn_stripe_fees() -> int:
    """The sweep; of how many payments Stripe told what it kept."""
    accounts = accounts_without_fees(now=clock.now())
    end_reading()
    return sum(each(accounts, StripeFees(gateways().stripe, clock).learn))
