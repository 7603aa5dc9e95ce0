"""Paying: short transactions with Stripe's answer between them. Rules R4 to R6.

No function here holds a transaction while Stripe is asked, and each may be run again at any point.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import OperationalError

from tixapp.config import Settings
from tixapp.core.clock import Clock
from tixapp.core.db import db, end_reading, transaction
from tixapp.core.facts import record
from tixapp.core.money import Money
from tixapp.gateways.stripe import (
    PaymentAsk,
    Session,
    Stripe,
    StripeNotFound,
    StripeRefused,
    StripeUnavailable,
)
from tixapp.orders.actions import (
    Collected,
    close_unpaid,
    confirm,
    note_processing,
)
from tixapp.orders.errors import PaymentMismatch, SellerCannotSell
from tixapp.orders.facts import PaymentAlarm
from tixapp.orders.opening import Checkout, begin_checkout, open_order
from tixapp.orders.queries import PaymentRef, payment_of, payment_ref
from tixapp.payments.actions import record_session
from tixapp.payments.models import Payment
from tixapp.payments.queries import locked_payment

from .ask import kept_ask, payment_ask

log = structlog.get_logger()

# How long until an open payment is looked at again when Stripe gave no final word.
NEXT_LOOK = timedelta(minutes=2)
RETRY = timedelta(seconds=15)


@dataclass(frozen=True)
class Started:
    """`url` is where to pay; None when there is nothing (more) to pay."""

    order_public_id: str
    payment_id: int | None
    url: str | None


@dataclass(frozen=True)
class Begun:
    """The first step of a payment. `ask` is what Stripe is to be asked, where this program has just
    written it down; otherwise it is read again."""

    checkout: Checkout
    ask: PaymentAsk | None = None


class Payments:
    """Opening, ending and settling payments against one Stripe account."""

    def __init__(self, stripe: Stripe, clock: Clock, settings: Settings) -> None:
        self.stripe, self.clock, self.settings = stripe, clock, settings

    def start(self, hold_public_id: str, buyer_id: int) -> Started:
        """The order for a hold, and the address where it is paid. A second click, or a second
        device, gets the same address. Raises what `begin_checkout` raises, SellerCannotSell,
        StripeUnavailable (try again: nothing is lost)."""
        with transaction():
            begun = self.begin(hold_public_id, buyer_id)
        return self.open(begun)

    def begin(self, hold_public_id: str, buyer_id: int) -> Begun:
        """The first step of `start`, for a caller who does more in the same transaction."""
        now = self.clock.now()
        found = begin_checkout(
            hold_public_id,
            buyer_id,
            bps=self.settings.platform_fee_bps,
            fixed_minor=self.settings.platform_fee_fixed,
            now=now,
        )
        if isinstance(found, Checkout):
            return Begun(found)
        ask = payment_ask(found)
        return Begun(open_order(found, ask.to_json(), now=now), ask)

    def open(self, begun: Begun) -> Started:
        """The second step of `start`, outside any transaction."""
        checkout = begun.checkout
        url = self._url(checkout, begun.ask) if checkout.payment_id is not None else None
        return Started(checkout.order_public_id, checkout.payment_id, url)

    def let_go(self, order_id: int) -> None:
        """The buyer cancels. The places are free only when Stripe has ended the session."""
        payment = self._payment_of(order_id)
        if payment is not None:
            self.end(payment)

    def settle_order(self, order_id: int) -> None:
        """Asks Stripe how the order's payment stands, and does what follows."""
        payment = self._payment_of(order_id)
        if payment is not None:
            self.settle(payment)

    def settle(self, payment: PaymentRef) -> None:
        session = self._session_of(payment)
        if session is not None:
            self._apply(payment, session)

    def end(self, payment: PaymentRef) -> None:
        """Ends the session at Stripe, unless the buyer was faster; then does what follows."""
        session = self._session_of(payment)
        if session is not None and session.status == "open":
            session = self.stripe.expire_session(session.id, account=payment.account)
        if session is not None:
            self._apply(payment, session)

    def end_overdue(self, payment: PaymentRef) -> None:
        """For the sweep: no answer means the hold stays and another try follows."""
        self._or_later(self.end, payment, after=RETRY)

    def look(self, payment: PaymentRef) -> None:
        """For the reconciler."""
        self._or_later(self.settle, payment, after=NEXT_LOOK)

    def _or_later(
        self, work: Callable[[PaymentRef], None], payment: PaymentRef, *, after: timedelta
    ) -> None:
        """A payment that cannot be dealt with now says why, and holds up no other."""
        try:
            work(payment)
        except StripeUnavailable as fault:
            self._look_again(payment, str(fault), after=after)
        except OperationalError:
            raise
        except Exception as fault:  # a session Stripe does not know, an answer in a new shape
            db.session.rollback()
            log.exception("payment_not_settled", payment=payment.payment_id)
            self._look_again(payment, repr(fault), after=NEXT_LOOK)

    def _url(self, checkout: Checkout, ask: PaymentAsk | None) -> str | None:
        """Opens the session, or finds it open."""
        payment_id = checkout.payment_id
        if payment_id is None or checkout.session is not None:
            return checkout.url
        try:
            session = self.stripe.open_session(ask or kept_ask(payment_id))
        except StripeRefused as fault:
            self._refused(payment_id, fault)
            raise SellerCannotSell("The organiser cannot take payments at the moment.") from fault
        self._record(payment_id, session.id, session.url)
        return session.url

    def _session_of(self, payment: PaymentRef) -> Session | None:
        """The session as Stripe has it now; None when there is none and never will be."""
        end_reading()
        if payment.session is not None:
            return self.stripe.session(payment.session, account=payment.account)
        # We never heard whether it was opened: the same request under the same key tells.
        ask = kept_ask(payment.payment_id)
        try:
            session = self.stripe.open_session(ask)
        except (StripeRefused, StripeNotFound) as fault:
            self._refused(payment.payment_id, fault)
            return None
        self._record(payment.payment_id, session.id, session.url)
        return session

    def _record(self, payment_id: int, session: str, url: str | None) -> None:
        with transaction():
            record_session(payment_id, session, url)

    def _refused(self, payment_id: int, fault: Exception) -> None:
        """Stripe did not open a session and will not: the order has failed."""
        now = self.clock.now()
        with transaction():
            order_id = db.session.get_one(Payment, payment_id).order_id
            close_unpaid(order_id, payment_id, failed=True, now=now)
            locked_payment(payment_id).last_fault = str(fault)

    def _apply(self, payment: PaymentRef, session: Session) -> None:
        now = self.clock.now()
        if session.is_paid:
            self._confirm(payment, session, now)
        elif session.is_processing:
            with transaction():
                note_processing(payment.payment_id, now=now)
        elif session.has_failed:
            with transaction():
                close_unpaid(payment.order_id, payment.payment_id, failed=True, now=now)
        elif session.status == "expired":
            with transaction():
                close_unpaid(payment.order_id, payment.payment_id, failed=False, now=now)
        else:
            self._look_again(payment, None, after=NEXT_LOOK)

    def _confirm(self, payment: PaymentRef, session: Session, now: datetime) -> None:
        collected = Collected(
            amount=Money(session.amount_minor, session.currency),
            account=payment.account,
            intent=session.intent,
        )
        try:
            self._check_mode(session)
            with transaction():
                confirm(payment.order_id, payment.payment_id, collected, now=now)
        except PaymentMismatch as fault:
            self._alarm(payment, str(fault))

    def _check_mode(self, session: Session) -> None:
        if session.livemode != self.stripe.livemode:
            raise PaymentMismatch("a payment in test mode for a real order, or the other way round")

    def _alarm(self, payment: PaymentRef, reason: str) -> None:
        log.error("payment_alarm", payment=payment.payment_id, reason=reason)
        with transaction():
            row = locked_payment(payment.payment_id)
            now = self.clock.now()
            row.look_again(now + timedelta(hours=1), now=now, fault=reason)
            record(PaymentAlarm(payment_id=row.id, reason=reason))

    def _look_again(self, payment: PaymentRef, fault: str | None, *, after: timedelta) -> None:
        with transaction():
            row = locked_payment(payment.payment_id)
            now = self.clock.now()
            row.look_again(now + after, now=now, fault=fault)

    def note_session(self, payment: PaymentRef, url: str) -> None:
        """Stripe told of the session before its answer to us was written down."""
        if payment.session is not None:
            self._record(payment.payment_id, payment.session, url or None)

    def ref(self, payment_id: int) -> PaymentRef | None:
        found = payment_ref(payment_id)
        end_reading()
        return found

    def _payment_of(self, order_id: int) -> PaymentRef | None:
        found = payment_of(order_id)
        end_reading()
        return found
