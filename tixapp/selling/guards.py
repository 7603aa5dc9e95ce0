"""What is the person's to manage. For everyone else there is no such thing."""

from flask_login import current_user

from tixapp.accounts.models import User
from tixapp.core.errors import NotFound
from tixapp.events.models import Event, Tier
from tixapp.events.queries import event_by_id
from tixapp.orders.models import Order
from tixapp.orders.sales import order_with_buyer
from tixapp.sellers.access import may_edit, may_see_money
from tixapp.sellers.queries import role_of


def event_with_its_money(public_id: str) -> Event:
    """An event whose orders the person may see and refund. Raises NotFound."""
    event = event_by_id(public_id)
    if not may_see_money(role_of(current_user.id, event.seller_id)):
        raise NotFound("There is no such event.")
    return event


def event_to_edit(public_id: str) -> Event:
    """An event that the person may pause, resume and cancel. Raises NotFound."""
    event = event_by_id(public_id)
    if not may_edit(role_of(current_user.id, event.seller_id)):
        raise NotFound("There is no such event.")
    return event


def tier_to_edit(event_id: str, tier_id: str) -> tuple[Event, Tier]:
    """A tier of that very event. Raises NotFound."""
    event = event_to_edit(event_id)
    for tier in event.tiers:
        if tier.public_id == tier_id:
            return event, tier
    raise NotFound("There is no such kind of ticket.")


def order_to_manage(public_id: str) -> tuple[Order, User]:
    """An order of such an event, with its buyer. Raises NotFound."""
    order, buyer = order_with_buyer(public_id)
    if not may_see_money(role_of(current_user.id, order.event.seller_id)):
        raise NotFound("There is no such order.")
    return order, buyer
