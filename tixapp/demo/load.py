"""Loading the demo, through the same actions as the pages.

Each step looks whether its work is there already: run again, also after a crash half way, it adds
what is missing and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from tixapp.accounts.flows import create_account
from tixapp.accounts.models import User
from tixapp.accounts.queries import user_of_address
from tixapp.accounts.rules import address
from tixapp.core.db import db, transaction
from tixapp.core.ids import new_secret
from tixapp.events import actions as events
from tixapp.events.models import Event, Tier
from tixapp.events.queries import event_by_id
from tixapp.events.rules import TierDetails
from tixapp.inventory.actions import open_stock, place_hold
from tixapp.orders.opening import begin_checkout
from tixapp.sellers.actions import add_member
from tixapp.sellers.models import Role, Seller
from tixapp.sellers.queries import role_of, sellers_of
from tixapp.waiting.actions.join import Wish, join
from tixapp.waiting.terms import terms

from .concerts import concerts
from .games import games
from .people import AT_THE_DOOR, GUESTS, LATE_COMER, LOGINS, PASSWORD, SELLER, SELLING, DemoPerson
from .shapes import DemoEvent, DemoTier

OpenSeller = Callable[[int, str], int]
"""Owner's id and seller's name → the id of a seller whose account may take payments."""

HOW_MANY = 10


@dataclass(frozen=True)
class Loaded:
    """What was added; zeros when everything was there."""

    people: int
    events: int


def is_empty() -> bool:
    """Whether there is nobody but the demo's own people, and not all of the demo: it was never
    loaded, or loading stopped half way."""
    own = [address(person.email).key for person in (*LOGINS, *GUESTS)]
    stranger = sa.exists().where(User.email_key.not_in(own))
    events_there = sa.select(sa.func.count(Event.id)).scalar_subquery()
    is_whole = events_there >= HOW_MANY
    return not db.session.scalar(sa.select(sa.or_(stranger, is_whole)))


def load_demo(now: datetime, *, open_seller: OpenSeller) -> Loaded:
    missing = [person for person in (*LOGINS, *GUESTS) if _user(person) is None]
    for person in missing:
        _make_person(person, now=now)
    seller_id = _ensure_seller(open_seller)
    _ensure_door_staff(seller_id, now=now)
    made = sum(
        _ensure_event(seller_id, wanted, now=now) for wanted in (*games(now), *concerts(now))
    )
    return Loaded(people=len(missing), events=made)


def _make_person(person: DemoPerson, *, now: datetime) -> None:
    password = new_secret() if person in GUESTS else PASSWORD
    create_account(
        address(person.email), password, name=person.name, is_admin=person.is_admin, now=now
    )


def _user(person: DemoPerson) -> User | None:
    return user_of_address(address(person.email).key)


def _id_of(person: DemoPerson) -> int:
    user = _user(person)
    if user is None:
        raise LookupError(f"{person.email} has no account")
    return user.id


def _ensure_seller(open_seller: OpenSeller) -> int:
    owner_id = _id_of(SELLING)
    owned = [seller.id for seller, role in sellers_of(owner_id) if role is Role.OWNER]
    return owned[0] if owned else open_seller(owner_id, SELLER)


def _ensure_door_staff(seller_id: int, *, now: datetime) -> None:
    user_id = _id_of(AT_THE_DOOR)
    if role_of(user_id, seller_id) is None:
        with transaction():
            add_member(seller_id, user_id, Role.DOOR, by=_id_of(SELLING), now=now)


def _ensure_event(seller_id: int, wanted: DemoEvent, *, now: datetime) -> bool:
    """Whether it had to be made. All of it in one transaction: nobody sees half an event."""
    named = sa.exists().where(Event.seller_id == seller_id, Event.name == wanted.details.name)
    if db.session.scalar(sa.select(named)):
        return False
    with transaction():
        seller = db.session.get_one(Seller, seller_id)
        event = events.create_event(seller, wanted.details, by=None, now=now)
        tiers = {_add_tier(event, tier, now=now): tier for tier in wanted.tiers}
        if wanted.is_published:
            events.publish(event.id, by=None, now=now)
        if any(tier.guests for tier in wanted.tiers):
            _invite(event, tiers, now=now)
            _stand_in_line(event, list(tiers), now=now)
    return True


def _add_tier(event: Event, tier: DemoTier, *, now: datetime) -> Tier:
    details = TierDetails(
        name=tier.name,
        description=tier.description,
        price_minor=0 if tier.guests else tier.price_minor,
        per_order_limit=tier.per_order_limit,
    )
    added = events.add_tier(event.id, details, by=None, now=now)
    open_stock(added.id, tier.capacity, now=now)
    return added


def _invite(event: Event, tiers: Mapping[Tier, DemoTier], *, now: datetime) -> None:
    """The guests take their places for nothing, as anybody takes free ones; then the price is set:
    whatever comes back is sold at it."""
    db.session.flush()
    for person, picks in _shares(tiers):
        user = db.session.get_one(User, _id_of(person))
        whole = event_by_id(event.public_id)
        hold = place_hold(whole, picks, buyer_id=user.id, now=now, length=timedelta(minutes=10))
        begin_checkout(hold.public_id, user.id, bps=0, fixed_minor=0, now=now)
    for tier, wanted in tiers.items():
        priced = replace(events.tier_details_of(tier), price_minor=wanted.price_minor)
        events.edit_tier(tier, priced, version=tier.version, by=None, now=now)


def _stand_in_line(event: Event, tiers: Sequence[Tier], *, now: datetime) -> None:
    """Two who came when all was gone."""
    whole = event_by_id(event.public_id)
    for person, wish in (
        (LATE_COMER, Wish(tiers[0].id, 1, together=True)),
        (AT_THE_DOOR, Wish(None, 2, together=False)),
    ):
        join(whole, wish, user_id=_id_of(person), terms=terms(), now=now)


def _shares(tiers: Mapping[Tier, DemoTier]) -> Iterator[tuple[DemoPerson, dict[int, int]]]:
    """The same number of each kind for every guest."""
    for person in GUESTS:
        yield person, {tier.id: wanted.guests // len(GUESTS) for tier, wanted in tiers.items()}
