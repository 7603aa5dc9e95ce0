"""Every call to Stripe. Nothing here is called inside a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import quote

import stripe as sdk

from tixapp.core.money import Money

from .errors import AccountUnusable, StripeRefused, translated
from .reading import (
    account_of,
    by_currency,
    dispute_of,
    event_of,
    id_of,
    payout_of,
    processing_fee_of,
    refund_of,
    session_of,
    session_params,
)
from .shapes import (
    Account,
    Balance,
    Charged,
    DisputeFound,
    IncomingEvent,
    PaymentAsk,
    PayoutMade,
    RefundMade,
    Session,
)
from .signatures import signed_event
from .wire import Wire

API_VERSION = "2026-10-28.endive"
CONNECT_SECONDS = 3
ANSWER_SECONDS = 20
# A payout a day, for more than a year.
MOST_PAYOUTS = 400
# Opened and read with each purchase, so without the SDK's objects, which take longer than the call.
SESSIONS = "/v1/checkout/sessions"


class Stripe:
    """Every call may raise StripeUnavailable (unknown outcome), StripeBusy or StripeRefused."""

    def __init__(
        self,
        api_key: str,
        *,
        api_base: str,
        webhook_secrets: tuple[str, str],
        account_kind: str = "express",
    ) -> None:
        """`webhook_secrets`: that of our own endpoint, that of the Connect endpoint."""
        sdk.enable_telemetry = False
        self.account_kind = account_kind
        self.livemode = "_live_" in api_key
        self.webhook_secrets = webhook_secrets
        self._client = sdk.StripeClient(
            api_key,
            base_addresses={"api": api_base},
            stripe_version=API_VERSION,
            max_network_retries=2,
            http_client=Wire(api_base, connect=CONNECT_SECONDS, answer=ANSWER_SECONDS),
        )

    # Payments

    def open_session(self, ask: PaymentAsk) -> Session:
        with translated():
            made = self._client.raw_request(
                "post",
                SESSIONS,
                **session_params(ask),
                stripe_account=ask.account,
                idempotency_key=ask.idempotency_key,
            )
        return session_of(made.data)

    def session(self, session_id: str, *, account: str) -> Session:
        with translated():
            found = self._client.raw_request(
                "get",
                f"{SESSIONS}/{quote(session_id, safe='')}",
                expand=["payment_intent"],
                stripe_account=account,
            )
        return session_of(found.data)

    def completed_sessions(self, since: datetime, *, account: str) -> Iterator[Session]:
        """Those that were finished, newest first."""
        with translated():
            page = self._client.v1.checkout.sessions.list(
                {
                    "created": {"gte": int(since.timestamp())},
                    "status": "complete",
                    "limit": 100,
                },
                {"stripe_account": account},
            )
            for found in page.auto_paging_iter():
                yield session_of(found.to_dict())

    def expire_session(self, session_id: str, *, account: str) -> Session:
        """The session as it is afterwards: `expired`, or `complete` if the buyer was faster."""
        try:
            with translated():
                ended = self._client.v1.checkout.sessions.expire(
                    session_id, {}, {"stripe_account": account}
                )
            return session_of(ended.to_dict())
        except AccountUnusable:
            raise
        except StripeRefused:
            return self.session(session_id, account=account)

    # Refunds

    def refund(
        self,
        *,
        intent: str,
        amount_minor: int,
        row: str,
        attempt: int,
        returns_fee: bool,
        account: str,
        key: str,
    ) -> RefundMade:
        """A key that was used repeats Stripe's first answer, whatever has happened since."""
        params: dict[str, Any] = {
            "payment_intent": intent,
            "amount": amount_minor,
            "reason": "requested_by_customer",
            "metadata": {"refund_row": row, "refund_attempt": str(attempt)},
        }
        if returns_fee:
            params["refund_application_fee"] = True
        with translated():
            made = self._client.v1.refunds.create(
                params,  # type: ignore[arg-type] # a TypedDict of the SDK, built in steps
                {"stripe_account": account, "idempotency_key": key},
            )
        return refund_of(made)

    def refunds_of(self, intent: str, *, account: str) -> list[RefundMade]:
        with translated():
            page = self._client.v1.refunds.list(
                {"payment_intent": intent, "limit": 100}, {"stripe_account": account}
            )
            return [refund_of(found) for found in page.auto_paging_iter()]

    def dispute(self, dispute_id: str, *, account: str) -> DisputeFound:
        with translated():
            found = self._client.v1.disputes.retrieve(dispute_id, {}, {"stripe_account": account})
        return dispute_of(found)

    # Books

    def charges(self, *, account: str) -> Iterator[tuple[str, Charged]]:
        """Every successful charge that carries our mark, by payment intent. The account may have
        others: its owner can take money elsewhere."""
        with translated():
            page = self._client.v1.charges.list({"limit": 100}, {"stripe_account": account})
            for charge in page.auto_paging_iter():
                intent = id_of(charge.payment_intent)
                if charge.paid and intent is not None and "payment" in charge.metadata:
                    fee = charge.application_fee_amount or 0
                    yield intent, Charged(charge.amount, fee, charge.amount_refunded)

    def processing_fees(
        self, account: str, *, since: datetime, until: datetime | None
    ) -> Iterator[tuple[str, Money]]:
        """What Stripe kept of each charge of that time, by payment intent, the newest first; those
        of which it has booked nothing yet are left out."""
        created = {"gte": int(since.timestamp())}
        if until is not None:
            created["lte"] = int(until.timestamp())
        asked: Any = {"limit": 100, "created": created, "expand": ["data.balance_transaction"]}
        with translated():
            page = self._client.v1.charges.list(asked, {"stripe_account": account})
            for charge in page.auto_paging_iter():
                intent, fee = id_of(charge.payment_intent), processing_fee_of(charge)
                if intent is not None and fee is not None:
                    yield intent, fee

    def processing_fee(self, intent: str, *, account: str) -> Money | None:
        """The same of one payment. None when it is not booked yet."""
        asked: Any = {"expand": ["latest_charge.balance_transaction"]}
        with translated():
            found = self._client.v1.payment_intents.retrieve(
                intent, asked, {"stripe_account": account}
            )
        return processing_fee_of(found.latest_charge)

    def payouts(self, account: str, *, most: int = MOST_PAYOUTS) -> list[PayoutMade]:
        """What was sent to the seller's bank, or is on its way, the latest first."""
        with translated():
            found = self._client.v1.payouts.list({"limit": 100}, {"stripe_account": account})
            return [payout_of(one) for one in islice(found.auto_paging_iter(), most)]

    def payout(self, payout_id: str, *, account: str) -> PayoutMade:
        with translated():
            found = self._client.v1.payouts.retrieve(payout_id, {}, {"stripe_account": account})
        return payout_of(found)

    def payout_parts(self, payout_id: str, *, account: str) -> Iterator[tuple[str, int]]:
        """What an automatic payout is made of: (payment intent, net amount in minor units), the
        charges and what went back of them. Stripe tells it of no other payouts."""
        asked: Any = {"payout": payout_id, "limit": 100, "expand": ["data.source"]}
        with translated():
            page = self._client.v1.balance_transactions.list(asked, {"stripe_account": account})
            for one in page.auto_paging_iter():
                intent = id_of(getattr(one.source, "payment_intent", None))
                if intent is not None:
                    yield intent, one.net

    def balance(self, account: str) -> Balance:
        with translated():
            found = self._client.v1.balance.retrieve({}, {"stripe_account": account})
        return Balance(by_currency(found.available), by_currency(found.pending))

    # Accounts

    def create_account(self, *, email: str, country: str, key: str) -> Account:
        params: dict[str, Any] = {
            "email": email,
            "country": country,
            "capabilities": {
                "card_payments": {"requested": True},
                "transfers": {"requested": True},
            },
        }
        if self.account_kind == "express":
            params["type"] = "express"
        else:
            params["controller"] = {
                "fees": {"payer": "account"},
                "losses": {"payments": "stripe"},
                "stripe_dashboard": {"type": "full"},
            }
        with translated():
            made = self._client.v1.accounts.create(
                params,  # type: ignore[arg-type] # a TypedDict of the SDK, built in steps
                {"idempotency_key": key},
            )
        return account_of(made)

    def account(self, account_id: str) -> Account:
        with translated():
            return account_of(self._client.v1.accounts.retrieve(account_id))

    def onboarding_link(self, account_id: str, *, refresh_url: str, return_url: str) -> str:
        """A link for one use within minutes: redirect to it at once, never mail it."""
        with translated():
            link = self._client.v1.account_links.create(
                {
                    "account": account_id,
                    "type": "account_onboarding",
                    "refresh_url": refresh_url,
                    "return_url": return_url,
                }
            )
        return link.url

    def login_link(self, account_id: str) -> str:
        """The way into the account's Express dashboard, for one use: redirect to it at once.

        Raises StripeRefused where the account has no such dashboard, or is not onboarded yet.
        """
        with translated():
            link = self._client.v1.accounts.login_links.create(account_id)
        return link.url

    # Webhooks

    def verify(self, body: bytes, signature: str, *, secret: str) -> IncomingEvent:
        """The event in the raw `body`. Raises BadSignature for what Stripe did not sign."""
        return signed_event(body, signature, secret=secret)

    def events_since(self, since: datetime, *, account: str | None) -> Iterator[IncomingEvent]:
        """What Stripe could not deliver to us, newest first."""
        options: Any = {"stripe_account": account} if account else {}
        with translated():
            page = self._client.v1.events.list(
                {
                    "created": {"gte": int(since.timestamp())},
                    "delivery_success": False,
                    "limit": 100,
                },
                options,
            )
            for found in page.auto_paging_iter():
                yield event_of({**found.to_dict(), "account": account})
