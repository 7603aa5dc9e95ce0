"""Paying for what is held, and buying in one call."""

from contextlib import suppress
from dataclasses import replace
from functools import partial

from tixapp.api.answers import Answer, created, ok
from tixapp.api.auth import Access
from tixapp.api.calls import Asked, Keyed, call
from tixapp.api.once import in_steps
from tixapp.api.schemas.orders import (
    CheckoutShown,
    CheckoutTaken,
    ConfirmTaken,
    ItemTaken,
    OrderShown,
    PurchaseTaken,
)
from tixapp.core.db import end_reading
from tixapp.events.queries import event_for_holding
from tixapp.gateways.stand_in import StandIn
from tixapp.gateways.stripe import StripeRefused
from tixapp.inventory.jobs import or_without_lapsed
from tixapp.orders.flows import Begun, payments
from tixapp.orders.models import OrderStatus
from tixapp.orders.opening import Checkout, checkout_again
from tixapp.orders.queries import Paying, paying_of
from tixapp.orders.reading import read_order
from tixapp.tickets.keys import ticket_codes
from tixapp.web.links import link_to
from tixapp.web.running import settings

from .orders import shown_order
from .reservations import hold_places, read_picks, refusals_noted

BUTTONS = {"success": "pay", "fail": "decline"}
CODE = "code"
TICKETS = "tickets"


@call(
    "POST",
    "/checkout/sessions",
    "Turns a reservation into an order, and gives the address where it is paid",
    access=Access.WRITE,
    takes=CheckoutTaken,
    answers=CheckoutShown,
    status=201,
    keyed=Keyed.REQUIRED,
    refusals=(404, 409),
    codes=("reservation_expired", "not_on_sale", "sale_paused", "seller_not_ready"),
)
def create_checkout(asked: Asked[CheckoutTaken]) -> Answer:
    buyer_id, begun = asked.caller.id, Opened()

    def begin() -> str:
        return begun.note(payments().begin(asked.takes.reservation_id, buyer_id))

    def finish(order_id: str) -> Answer:
        return created(_shown(*open_payment(begun.or_again(order_id, buyer_id))))

    return in_steps(asked, begin, finish)


@call(
    "POST",
    "/checkout/confirm",
    "Does what the buyer would do on the payment page; with a sandbox in Stripe's place alone. A"
    " card that is declined leaves the order open, as it does for a buyer",
    access=Access.WRITE,
    takes=ConfirmTaken,
    answers=OrderShown,
    keyed=Keyed.HONOURED,
    refusals=(403, 404, 409),
)
def confirm_checkout(asked: Asked[ConfirmTaken]) -> Answer:
    buyer = StandIn(settings().stripe_api_base)
    takes, buyer_id = asked.takes, asked.caller.id

    paying: list[Paying] = []

    def begin() -> str:
        paying[:] = [paying_of(takes.checkout_id, buyer_id)]
        return paying[0].order_public_id

    def finish(order_id: str) -> Answer:
        _act(buyer, paying[0] if paying else paying_of(order_id, buyer_id), takes.simulate)
        return without_codes(ok(shown_order(read_order(order_id, buyer_id))))

    return with_codes(in_steps(asked, begin, finish))


@call(
    "POST",
    "/tickets/purchase",
    "Reservation and checkout in one. What is free is paid at once",
    access=Access.WRITE,
    takes=PurchaseTaken,
    answers=OrderShown,
    status=201,
    keyed=Keyed.REQUIRED,
    refusals=(404, 409),
    codes=(
        "sold_out",
        "limit_reached",
        "not_on_sale",
        "sale_paused",
        "not_admitted",
        "hold_being_paid",
        "seller_not_ready",
        "reservation_expired",
        "code_unknown",
        "code_used_up",
    ),
)
def purchase(asked: Asked[PurchaseTaken]) -> Answer:
    buyer_id, takes, begun = asked.caller.id, asked.takes, Opened()
    tier_ids: list[int] = []

    def begin() -> str:
        event = event_for_holding(takes.event_id)
        picks = read_picks(event, [ItemTaken(tier_id=takes.tier_id, quantity=takes.quantity)])
        tier_ids[:] = picks
        hold = hold_places(event, picks, asked)
        return begun.note(payments().begin(hold.public_id, buyer_id))

    def finish(order_id: str) -> Answer:
        open_payment(begun.or_again(order_id, buyer_id))
        return without_codes(created(shown_order(read_order(order_id, buyer_id))))

    steps = partial(in_steps, asked, begin, finish)
    with refusals_noted(asked, takes.event_id):
        return with_codes(or_without_lapsed(steps, tier_ids, now=asked.now))


class Opened:
    """What the first step of a call made, for its second: nothing is asked twice. A call that
    carries on where another stopped finds it in the database."""

    def __init__(self) -> None:
        self._begun: Begun | None = None

    def note(self, begun: Begun) -> str:
        self._begun = begun
        return begun.checkout.order_public_id

    def or_again(self, order_id: str, buyer_id: int) -> Begun:
        """Raises TooLateToPay for an order that has ended."""
        if self._begun is None:
            self._begun = Begun(checkout_again(order_id, buyer_id))
        end_reading()
        return self._begun


def open_payment(begun: Begun) -> tuple[Checkout, str | None]:
    """Opens what is still to be paid, or finds it open. Raises SellerCannotSell,
    StripeUnavailable: whoever comes again carries on here."""
    return begun.checkout, payments().open(begun).url


def without_codes(answer: Answer) -> Answer:
    """As it is kept: whoever reads the database does not hold tickets that open doors."""
    tickets = [{**ticket, CODE: ""} for ticket in answer.body[TICKETS]]
    return replace(answer, body=answer.body | {TICKETS: tickets})


def with_codes(answer: Answer) -> Answer:
    codes = ticket_codes()
    tickets = [{**ticket, CODE: codes.code_for(ticket["id"])} for ticket in answer.body[TICKETS]]
    return replace(answer, body=answer.body | {TICKETS: tickets})


def _act(buyer: StandIn, paying: Paying, simulated: str) -> None:
    end_reading()
    if paying.url is None or paying.payment is None:
        return
    if paying.status == OrderStatus.PENDING:
        # Whoever paid or waited too long meanwhile is refused: what became of it is asked next.
        with suppress(StripeRefused):
            # The page would wait for our own webhook endpoint: here nobody waits for anybody.
            buyer.pay(paying.url, action=BUTTONS[simulated], wait="no")
    payments().settle(paying.payment)
    end_reading()


def _shown(checkout: Checkout, url: str | None) -> CheckoutShown:
    return CheckoutShown(
        id=checkout.payment_public_id or checkout.order_public_id,
        order_id=checkout.order_public_id,
        url=url or link_to("orders.show", order_id=checkout.order_public_id),
        expires_at=checkout.expires_at,
    )
