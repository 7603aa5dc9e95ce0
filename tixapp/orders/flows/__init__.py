"""Paying: short transactions with Stripe's answer between them."""

from tixapp.core.clock import clock
from tixapp.gateways import gateways
from tixapp.web.running import settings

from .pay import Begun, Payments, Started


def payments() -> Payments:
    """For whoever starts or settles a payment: views, jobs, the API."""
    return Payments(gateways().stripe, clock, settings())


__all__ = ["Begun", "Payments", "Started", "payments"]
