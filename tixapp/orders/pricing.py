"""What is held, at the price that it has for its buyer."""

from collections.abc import Iterable

from tixapp.events.models import Tier
from tixapp.inventory.codes import code_of
from tixapp.inventory.models import Hold

from .rules import Line


def priced_lines(hold: Hold) -> list[Line]:
    """`hold` comes with its event, lines and tiers."""
    picked = ((line.tier, line.quantity) for line in hold.lines)
    return lines_at(picked, hold.code_id, hold.event.currency)


def lines_at(picked: Iterable[tuple[Tier, int]], code_id: int | None, currency: str) -> list[Line]:
    """A code takes its part off each ticket."""
    code, lines = code_of(code_id), []
    for tier, quantity in picked:
        price = tier.price(currency)
        off = code.off(tier.id, price) if code else None
        lines.append(Line(tier.id, quantity, price - off if off else price, off or None))
    return lines
