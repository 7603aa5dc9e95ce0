"""Changes to sellers, inside the caller's transaction."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tixapp.core.db import db, locked

from .models import Seller


def copy_account(
    seller_id: int,
    *,
    charges_enabled: bool,
    payouts_enabled: bool,
    requirements: dict[str, Any],
    now: datetime,
) -> Seller:
    """Takes over what Stripe says of the seller's account."""
    seller: Seller = db.session.scalars(locked(sa.select(Seller).filter_by(id=seller_id))).one()
    seller.charges_enabled = charges_enabled
    seller.payouts_enabled = payouts_enabled
    seller.requirements = requirements
    seller.account_read_at = now
    return seller
