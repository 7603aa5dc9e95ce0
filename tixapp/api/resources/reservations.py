"""Holding places."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from tixapp.accounts.queries import LiveKey
from tixapp.api.answers import Answer, created, ok
from tixapp.api.auth import Access
from tixapp.api.calls import Asked, Keyed, Wanted, call
from tixapp.api.once import once
from tixapp.api.schemas.base import Money
from tixapp.api.schemas.orders import (
    ItemShown,
    ItemTaken,
    PurchaseTaken,
    ReservationShown,
    ReservationTaken,
)
from tixapp.core.db import end_reading, transaction
from tixapp.core.errors import TixappError
from tixapp.core.ids import new_id
from tixapp.events.memory import compare, remembered
from tixapp.events.models import Event
from tixapp.events.queries import event_for_holding
from tixapp.inventory.actions import release_hold
from tixapp.inventory.codes import check_hidden, key_of
from tixapp.inventory.errors import BadPicks, CodeUnknown
from tixapp.inventory.jobs import or_without_lapsed
from tixapp.inventory.models import Hold, HoldStatus
from tixapp.inventory.queries import hold_of
from tixapp.inventory.rules import Picks, check_hold
from tixapp.orders.flows import payments
from tixapp.orders.hold_at_once import hold_at_once
from tixapp.orders.idempotency import Kept
from tixapp.orders.models import Order, OrderStatus
from tixapp.orders.pricing import lines_at
from tixapp.orders.queries import order_for_hold
from tixapp.orders.rules import price_order
from tixapp.waiting.actions.challenge import after_refusal, claim_proven
from tixapp.waiting.actions.passes import place_hold
from tixapp.waiting.errors.room import GateFull, NotAdmitted, Unproven
from tixapp.waiting.keys import room_secrets
from tixapp.waiting.queries.room import room_by_event
from tixapp.web.limits import check_guesses, note_guess
from tixapp.web.running import settings

from .events import terms_of


def reserve(wanted: Wanted[ReservationTaken], event_id: str) -> tuple[LiveKey, Answer] | None:
    """The first hold of a buyer here, of one tier, as nearly all are."""
    try:
        event = remembered(event_id)
        picks = read_picks(event, wanted.takes.items)
        check_hold(event, picks, now=wanted.now)
        check_hidden({tier.id: tier for tier in event.tiers}, picks, None)
    except TixappError:
        return None
    if len(picks) > 1 or wanted.name is None or wanted.takes.code is not None:
        return None
    [(tier_id, quantity)] = picks.items()
    public_id, expires_at = new_id("hold"), wanted.now + settings().hold_length
    answer = created(_shown_new(public_id, event, picks, expires_at))
    key = hold_at_once(
        public_id,
        event,
        tier_id,
        quantity,
        shown=wanted.shown,
        key=wanted.name.key,
        fingerprint=wanted.name.fingerprint,
        answer=Kept(answer.status, answer.body),
        now=wanted.now,
        expires_at=expires_at,
    )
    return (key, answer) if key else None


@call(
    "POST",
    "/events/{event_id}/reservations",
    "Holds places for a while. One reservation for a person and event: a new one takes the place of"
    " the old and keeps its deadline",
    access=Access.WRITE,
    takes=ReservationTaken,
    answers=ReservationShown,
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
        "code_unknown",
        "code_used_up",
    ),
    at_once=reserve,
)
def create_reservation(asked: Asked[ReservationTaken], event_id: str) -> Answer:
    tier_ids: list[int] = []

    def place() -> Answer:
        event = event_for_holding(event_id)
        compare(event)
        picks = read_picks(event, asked.takes.items)
        tier_ids[:] = picks
        hold = hold_places(event, picks, asked)
        return created(_shown(hold, event, None, asked))

    with refusals_noted(asked, event_id):
        return or_without_lapsed(lambda: once(asked, place), tier_ids, now=asked.now)


@call(
    "GET",
    "/reservations/{reservation_id}",
    "A reservation of one's own",
    access=Access.READ,
    answers=ReservationShown,
    refusals=(404,),
)
def get_reservation(asked: Asked[None], reservation_id: str) -> Answer:
    hold = hold_of(reservation_id, asked.caller.id)
    event = event_for_holding(hold.event.public_id)
    return ok(_shown(hold, event, order_for_hold(hold.id), asked))


@call(
    "DELETE",
    "/reservations/{reservation_id}",
    "Lets the places go. While a payment is open it is ended first; twice is no fault",
    access=Access.WRITE,
    answers=ReservationShown,
    refusals=(404, 409),
    codes=("hold_over",),
)
def release_reservation(asked: Asked[None], reservation_id: str) -> Answer:
    buyer_id = asked.caller.id
    hold = hold_of(reservation_id, buyer_id)
    order = order_for_hold(hold.id)
    end_reading()
    if order is not None and order.status == OrderStatus.PENDING:
        payments().let_go(order.id)
    else:
        with transaction():
            release_hold(hold.id, event_id=hold.event_id, user_id=buyer_id, now=asked.now)
    return get_reservation(asked, reservation_id)


def read_picks(event: Event, items: Sequence[ItemTaken]) -> dict[int, int]:
    """A tier that is named twice counts as one with both quantities."""
    tiers = {tier.public_id: tier.id for tier in event.tiers}
    unknown = {
        f"items.{place}.tier_id": "is no tier of this event"
        for place, item in enumerate(items)
        if item.tier_id not in tiers
    }
    if unknown:
        raise BadPicks("That tier is not part of this event.", unknown)
    picks: Counter[int] = Counter()
    for item in items:
        picks[tiers[item.tier_id]] += item.quantity
    return dict(picks)


@contextmanager
def refusals_noted(asked: Asked[Any], event_id: str) -> Iterator[None]:
    """Around a call that sets places aside: whoever tries many codes is slowed down, and whoever
    has come to the door of a waiting room is known there."""
    try:
        yield
    except CodeUnknown:
        note_guess()
        raise
    except (Unproven, GateFull) as refusal:
        with transaction():
            event, secrets = room_by_event(event_id).event, room_secrets()
            after_refusal(refusal, event, asked.caller.id, secrets=secrets, now=asked.now)
        raise


def hold_places(
    event: Event, picks: Picks, asked: Asked[ReservationTaken] | Asked[PurchaseTaken]
) -> Hold:
    """With the token of the waiting room one's turn is claimed in the same go, past the challenge
    of its page. One that is not this account's, or another event's, opens nothing."""
    token, code = asked.takes.token, key_of(asked.takes.code or "")
    if code:
        check_guesses()
    if event.has_room and token is not None:
        secrets, proof = room_secrets(), asked.takes.proof
        if secrets.read_entry_token(token) != (event.public_id, asked.caller.id):
            raise NotAdmitted("This token is not yours, or is for another event.")
        claim_proven(event, asked.caller.id, nonce=proof, secrets=secrets, now=asked.now)
    return place_hold(
        event,
        picks,
        buyer_id=asked.caller.id,
        now=asked.now,
        length=settings().hold_length,
        code=code,
    )


def _shown(hold: Hold, event: Event, order: Order | None, asked: Asked[Any]) -> ReservationShown:
    picks = {line.tier_id: line.quantity for line in hold.lines}
    fresh = _shown_new(hold.public_id, event, picks, hold.expires_at, code_id=hold.code_id)
    order_id = order.public_id if order else None
    return fresh.model_copy(update={"order_id": order_id, "status": _status(hold, asked)})


def _shown_new(
    public_id: str,
    event: Event,
    picks: Picks,
    expires_at: datetime,
    *,
    code_id: int | None = None,
) -> ReservationShown:
    """As it is when it is placed."""
    tiers = {tier.id: tier for tier in event.tiers}
    lines = [(tiers[tier_id], quantity) for tier_id, quantity in picks.items()]
    priced = lines_at(lines, code_id, event.currency)
    price = price_order(priced, event.currency, terms_of(event))
    return ReservationShown(
        id=public_id,
        event_id=event.public_id,
        order_id=None,
        status=HoldStatus.ACTIVE.value,
        expires_at=expires_at,
        items=[
            ItemShown(
                tier_id=tier.public_id,
                name=tier.name,
                quantity=quantity,
                price=Money.of(line.unit_price),
                discount=Money.of(line.discount) if line.discount else None,
            )
            for (tier, quantity), line in zip(lines, priced, strict=True)
        ],
        total=Money.of(price.total),
    )


def _status(hold: Hold, asked: Asked[Any]) -> Any:
    """A hold whose time is over is over, also before a sweep has seen it."""
    is_lapsed = hold.expires_at <= asked.now and hold.paying_since is None
    if hold.status == HoldStatus.ACTIVE and is_lapsed:
        return HoldStatus.EXPIRED.value
    return hold.status.value
