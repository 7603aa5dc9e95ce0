"""What was sold, what it cost, and what has reached the seller's bank."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts.guards import sign_in_required
from tixapp.core.db import end_reading
from tixapp.core.errors import NotFound
from tixapp.core.money import Money, total
from tixapp.gateways import gateways
from tixapp.gateways.stripe import (
    Balance,
    PayoutMade,
    StripeNotFound,
    StripeRefused,
    StripeUnavailable,
)
from tixapp.sellers.access import may_see_money
from tixapp.sellers.models import Seller
from tixapp.sellers.queries import seller_of
from tixapp.selling.queries.payouts import EventMoney, money_of_events
from tixapp.web.limits import by_person, limiter
from tixapp.web.spreadsheets import Cell, csv_file, in_units

from .base import bp, page


@dataclass(frozen=True)
class AtStripe:
    """What Stripe says of an account."""

    balance: Balance
    payouts: Sequence[PayoutMade]


@dataclass(frozen=True)
class Sums:
    """All events of one currency."""

    gross: Money
    refunded: Money
    disputed: Money
    fee: Money
    stripe: Money
    unknown: int
    net: Money
    paid_out: Money


@bp.get("/<seller_id>/payouts")
@sign_in_required
@limiter.limit("60 per hour", key_func=by_person)
def payouts(seller_id: str) -> ResponseReturnValue:
    seller = _own(seller_id)
    there = _ask_stripe(seller.stripe_account)
    rows = money_of_events(seller.id)
    return page(
        "payouts",
        here="account",
        seller=seller,
        rows=rows,
        sums=_sums(rows),
        there=there,
        available=_amounts(there.balance.available if there else {}),
        pending=_amounts(there.balance.pending if there else {}),
        paid_out=[(one, Money(one.amount_minor, one.currency)) for one in there.payouts]
        if there
        else [],
        file=url_for(".payouts_file", seller_id=seller_id),
    )


@bp.get("/<seller_id>/payouts.csv")
@sign_in_required
@limiter.limit("60 per hour", key_func=by_person)
def payouts_file(seller_id: str) -> ResponseReturnValue:
    """A row for each event, and one for each payout."""
    seller = _own(seller_id)
    there = _ask_stripe(seller.stripe_account)
    rows = money_of_events(seller.id)
    lines = [_line(row) for row in rows]
    lines += [_payout_line(one) for one in (there.payouts if there else [])]
    head = [
        _("Event"), _("Day"), _("Currency"), _("Orders"), _("Off by codes"), _("Taken in"),
        _("Refunded"),
        _("Taken back by banks"), _("Our fee"), _("Kept by Stripe"), _("Payments not known of"),
        _("For you"), _("Paid out"), _("Payout"),
    ]  # fmt: skip
    return csv_file(f"payouts-{seller.public_id}", head, lines)


def _own(seller_id: str) -> Seller:
    seller, role = seller_of(seller_id, current_user.id)
    if not may_see_money(role):
        raise NotFound("There is no such seller.")
    return seller


def _ask_stripe(account: str | None) -> AtStripe | None:
    """None when Stripe does not say."""
    end_reading()
    if account is None:
        return None
    stripe = gateways().stripe
    try:
        return AtStripe(stripe.balance(account), stripe.payouts(account))
    except (StripeUnavailable, StripeRefused, StripeNotFound):
        return None


def _sums(rows: Sequence[EventMoney]) -> list[Sums]:
    sums = []
    for currency in sorted({row.event.currency for row in rows}):
        of = [row for row in rows if row.event.currency == currency]
        sums.append(
            Sums(
                gross=total((row.takings.gross for row in of), currency),
                refunded=total((row.takings.refunded for row in of), currency),
                disputed=total((row.takings.disputed for row in of), currency),
                fee=total((row.takings.fee for row in of), currency),
                stripe=total((row.stripe for row in of), currency),
                unknown=sum(row.unknown for row in of),
                net=total((row.net for row in of), currency),
                paid_out=total((row.paid_out for row in of), currency),
            )
        )
    return sums


def _amounts(by_currency: dict[str, int]) -> list[Money]:
    return [Money(minor, currency) for currency, minor in sorted(by_currency.items())]


def _line(row: EventMoney) -> list[Cell]:
    takings = row.takings
    parts = (takings.gross, -takings.refunded, -takings.disputed, -takings.fee, -row.stripe)
    gross, refunded, disputed, fee, stripe = (in_units(part) for part in parts)
    return [
        row.event.name, row.event.local_day.isoformat(), row.event.currency, row.orders,
        in_units(row.discounted), gross,
        refunded, disputed, fee, stripe, row.unknown, in_units(row.net),
        in_units(row.paid_out), None,
    ]  # fmt: skip


def _payout_line(one: PayoutMade) -> list[Cell]:
    amount = in_units(Money(one.amount_minor, one.currency))
    day = one.arrives_at.date().isoformat()
    nothing: list[Cell] = [None] * 10
    return [_("Payout (%(status)s)", status=one.status), day, one.currency, *nothing, amount]
