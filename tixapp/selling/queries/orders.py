"""Around one order: its refunds, and who did what."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from tixapp.accounts.models import User
from tixapp.core.db import db
from tixapp.core.errors import NotFound
from tixapp.events.queries import named
from tixapp.orders.models import Order
from tixapp.payments.models import Refund


def refunds_of_order(order_id: int) -> Sequence[Refund]:
    return db.session.scalars(
        sa.select(Refund).filter_by(order_id=order_id).order_by(Refund.id)
    ).all()


def refund_of_order(public_id: str, order_id: int) -> Refund:
    """Raises NotFound, for a refund of another order too."""
    found = db.session.scalar(
        sa.select(Refund).where(named(Refund.public_id, public_id), Refund.order_id == order_id)
    )
    if found is None:
        raise NotFound("There is no such refund.")
    return found


def orders_of_refunds(refunds: Iterable[Refund]) -> dict[int, str]:
    """The orders' public ids, by their ids."""
    ids = {refund.order_id for refund in refunds}
    if not ids:
        return {}
    rows = db.session.execute(sa.select(Order.id, Order.public_id).where(Order.id.in_(ids)))
    return {row[0]: row[1] for row in rows}


def names_of(user_ids: Iterable[int | None]) -> dict[int, str]:
    """What to call people: their name, or else their address."""
    wanted = {user_id for user_id in user_ids if user_id is not None}
    if not wanted:
        return {}
    rows = db.session.execute(sa.select(User.id, User.name, User.email).where(User.id.in_(wanted)))
    return {user_id: name or email for user_id, name, email in rows}
