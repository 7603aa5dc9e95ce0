"""The outside world: Stripe, mail, storage. Own types, own errors."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from .mail import Mailer
from .storage import Storage
from .stripe import Stripe


@dataclass(frozen=True)
class Gateways:
    stripe: Stripe
    mailer: Mailer
    storage: Storage


def gateways() -> Gateways:
    """Those of the running app."""
    return cast("Gateways", current_app.extensions["gateways"])
