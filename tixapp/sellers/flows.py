"""A seller's account at Stripe: made, onboarded, read."""

from dataclasses import dataclass

from tixapp.accounts.models import User
from tixapp.core.clock import Clock
from tixapp.core.db import db, transaction
from tixapp.gateways.stripe import Account, Stripe
from tixapp.web.links import way_back

from .actions import attach_account, copy_account, create_seller
from .queries import locked_seller, standing_members

# Accounts of the kind `full` sign in there by themselves.
STRIPE_DASHBOARD = "https://dashboard.stripe.com/"


@dataclass(frozen=True)
class Sellers:
    """Each step may run again: the account's idempotency key is the seller's public id."""

    stripe: Stripe
    clock: Clock

    def open(self, owner_id: int, name: str, *, country: str = "DE") -> int:
        """The id of a new seller, its account made. Its owner onboards it, at Stripe."""
        with transaction():
            seller_id = create_seller(owner_id, name, country=country, now=self.clock.now()).id
        self.ensure_account(seller_id)
        return seller_id

    def ensure_account(self, seller_id: int) -> str:
        """The id of the seller's account at Stripe, which is made if there is none."""
        with transaction():
            seller = locked_seller(seller_id)
            if seller.stripe_account is not None:
                return seller.stripe_account
            key, country = f"account:{seller.public_id}", seller.country
            email = db.session.get_one(User, standing_members(seller_id)[0].user_id).email
        made = self.stripe.create_account(email=email, country=country, key=key)
        with transaction():
            attach_account(seller_id, made.id)
        self._copy(seller_id, made)
        return made.id

    def onboarding_link(self, seller_id: int) -> str:
        """Where the owner tells Stripe who they are. Works once, within minutes."""
        account_id = self.ensure_account(seller_id)
        with transaction():
            public_id = locked_seller(seller_id).public_id
        return self.stripe.onboarding_link(
            account_id,
            refresh_url=way_back("sellers.refresh", seller_id=public_id),
            return_url=way_back("sellers.come_back", seller_id=public_id),
        )

    def dashboard_link(self, seller_id: int) -> str:
        """Where the owner sees payments and payouts at Stripe. Works once, within minutes."""
        if self.stripe.account_kind != "express":
            return STRIPE_DASHBOARD
        return self.stripe.login_link(self.ensure_account(seller_id))

    def read_account(self, seller_id: int) -> Account:
        """Asks Stripe what the account may do, and keeps the answer."""
        account = self.stripe.account(self.ensure_account(seller_id))
        self._copy(seller_id, account)
        return account

    def _copy(self, seller_id: int, account: Account) -> None:
        with transaction():
            copy_account(
                seller_id,
                charges_enabled=account.charges_enabled,
                payouts_enabled=account.payouts_enabled,
                requirements=account.requirements,
                now=self.clock.now(),
            )
