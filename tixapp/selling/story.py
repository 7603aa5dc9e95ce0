"""What happened to an order, in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from tixapp.accounts.models import User
from tixapp.core.money import Money
from tixapp.core.trail import TrailEntry, history
from tixapp.orders.models import Order, OrderStatus
from tixapp.payments.models import Payment, Refund
from tixapp.refunds.messages import explain_failure
from tixapp.web.filters import money

from .queries import names_of


@dataclass(frozen=True)
class Step:
    """`who` is empty for what the system did by itself."""

    at: datetime
    what: str
    who: str
    detail: str


def story_of(
    order: Order, buyer: User, payment: Payment | None, refunds: Iterable[Refund]
) -> list[Step]:
    """Oldest first."""
    deeds = [deed for subject in _subjects(order, refunds) for deed in history(subject)]
    names = names_of(deed.by for deed in deeds) | {buyer.id: str(_("the buyer"))}
    steps = [Step(order.placed_at, str(_("Ordered")), names[buyer.id], "")]
    if payment is not None and payment.has_money and payment.settled_at:
        steps.append(Step(payment.settled_at, str(_("Paid")), "", money(payment.amount)))
    elif order.settled_at and not deeds:
        steps.append(Step(order.settled_at, _settled(order), "", ""))
    steps += [
        Step(deed.at, _deed(deed), names.get(deed.by or 0, ""), _detail(deed, order.currency))
        for deed in deeds
    ]
    for refund in refunds:
        steps += _refund_steps(refund)
    return sorted(steps, key=lambda step: step.at)


def _subjects(order: Order, refunds: Iterable[Refund]) -> list[str]:
    return [order.public_id, *(refund.public_id for refund in refunds)]


def _settled(order: Order) -> str:
    words = {
        OrderStatus.PAID: _("Free of charge") if order.is_free else _("Paid"),
        OrderStatus.CANCELLED: _("Cancelled"),
        OrderStatus.EXPIRED: _("The time to pay ran out"),
        OrderStatus.FAILED: _("The payment failed"),
        OrderStatus.REFUNDED: _("Refunded"),
    }
    return str(words.get(order.status, order.status.value))


def _deed(deed: TrailEntry) -> str:
    words = {
        "order.refunded": _("Tickets refunded")
        if deed.after.get("amount_minor")
        else _("Tickets cancelled"),
        "order.given": _("Given for nothing"),
        "ticket.renamed": _("Another name on a ticket"),
        "order.disputed": _("The bank questions the payment"),
        "order.tickets_sent_again": _("Tickets sent again"),
        "refund.retried": _("Refund tried again"),
    }
    return str(words.get(deed.deed, deed.deed))


def _detail(deed: TrailEntry, currency: str) -> str:
    parts = []
    if "tickets" in deed.after:
        count = len(deed.after["tickets"])
        parts.append(str(ngettext("%(num)s ticket", "%(num)s tickets", count)))
    if deed.after.get("quantity"):
        count = int(deed.after["quantity"])
        parts.append(str(ngettext("%(num)s ticket", "%(num)s tickets", count)))
    if deed.after.get("name"):
        before, after = deed.before.get("name") or _("no name"), deed.after["name"]
        parts.append(str(_("%(before)s, now %(after)s", before=before, after=after)))
    if deed.after.get("amount_minor"):
        parts.append(money(Money(int(deed.after["amount_minor"]), currency)))
    if deed.after.get("reason"):
        parts.append(str(deed.after["reason"]))
    return ", ".join(parts)


def _refund_steps(refund: Refund) -> list[Step]:
    if refund.settled_at is None:
        return []
    amount = money(refund.amount)
    if refund.status == "succeeded":
        return [Step(refund.settled_at, str(_("Refund on its way to the buyer")), "", amount)]
    return [
        Step(
            refund.settled_at,
            str(_("Refund failed")),
            "",
            f"{amount}: {explain_failure(refund.last_fault)}",
        )
    ]
