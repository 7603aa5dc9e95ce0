"""The outside world: Stripe, mail, storage, public dice. Own types, own errors."""

from dataclasses import dataclass, field
from typing import cast

from flask import current_app

from .beacon import Beacon
from .mail import Mailer
from .storage import Storage
from .stripe import Stripe


@dataclass(frozen=True)
class Gateways:
    stripe: Stripe
    mailer: Mailer
    storage: Storage
    beacon: Beacon = field(default_factory=Beacon)


def gateways() -> Gateways:
    """Those of the running app."""
    return cast("Gateways", current_app.extensions["gateways"])
