"""What sellers are told when nobody is looking."""

from typing import Any

from tixapp.core.clock import clock
from tixapp.core.db import db, transaction
from tixapp.mails.letters import write_letter

from .messages import needs_of
from .models import Seller
from .queries import owner_addresses


def tell_of_withdrawal(fact: dict[str, Any]) -> None:
    """The reaction to payments that Stripe has stopped."""
    seller_id, at = int(fact["seller_id"]), str(fact["at"])
    with transaction():
        seller = db.session.get_one(Seller, seller_id)
        if seller.charges_enabled:
            return  # it was over before anybody was told
        for address in owner_addresses(seller_id):
            write_letter(
                f"payments_withdrawn:{seller_id}:{at}:{address}",
                address,
                "payments_withdrawn",
                now=clock.now(),
                seller=seller,
                needs=needs_of(seller.requirements),
            )
