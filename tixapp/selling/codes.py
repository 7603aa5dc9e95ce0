"""What a seller does with codes."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as __
from wtforms import (
    DateTimeLocalField,
    DecimalField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.validators import Length, NumberRange, Optional

from tixapp.core.clock import clock
from tixapp.core.db import db, locked
from tixapp.core.errors import NotFound
from tixapp.core.money import MINIMUM_CHARGE, decimals
from tixapp.core.trail import note
from tixapp.events.models import Event, Tier
from tixapp.inventory.codes import LONGEST, SHORTEST, Code, key_of, standing_code
from tixapp.web.forms import Form, one_line

PERCENT, AMOUNT, ACCESS = "percent", "amount", "access"
LARGEST = 100_000
# Without letters and digits that are mistaken for others. 13 of them are 64 bits.
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
LENGTH = 13


@dataclass(frozen=True)
class CodeDetails:
    name: str
    percent_bps: int | None
    amount_minor: int | None
    tier_ids: list[int]
    total_limit: int | None
    person_limit: int | None
    order_limit: int | None
    ends_at: datetime | None


def _limit(label: Any) -> IntegerField:
    return IntegerField(label, [Optional(), NumberRange(1, LARGEST, __("A number from 1 on."))])


class CodeForm(Form):
    name = StringField(
        __("Code"),
        [Length(max=LONGEST)],
        filters=[one_line],
        description=__("Leave it empty for one that nobody can guess."),
    )
    kind = RadioField(__("What it does"), default=PERCENT)
    value = DecimalField(__("How much"), [Optional()], places=None)
    tiers = SelectMultipleField(__("For these kinds of tickets"), [Optional()])
    total_limit = _limit(__("Tickets in all"))
    person_limit = _limit(__("Tickets for one person"))
    order_limit = _limit(__("Tickets in one order"))
    ends_at = DateTimeLocalField(__("Works until"), [Optional()], format="%Y-%m-%dT%H:%M")

    def __init__(self, event: Event, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.event = event
        self.kind.choices = [
            SelectChoice(value=PERCENT, label=_("Takes a percentage off each ticket")),
            SelectChoice(
                value=AMOUNT, label=_("Takes an amount of %(c)s off each ticket", c=event.currency)
            ),
            SelectChoice(value=ACCESS, label=_("Only opens hidden kinds of tickets")),
        ]
        self.tiers.choices = [
            SelectChoice(value=tier.public_id, label=tier.name) for tier in event.tiers
        ]

    def validate_name(self, field: StringField) -> None:
        key = key_of(field.data or "")
        if field.data and len(key) < SHORTEST:
            raise ValidationError(_("At least %(n)s letters or digits.", n=SHORTEST))
        if key and standing_code(self.event.id, key, now=clock.now()) is not None:
            raise ValidationError(_("There is such a code already. End it first."))

    def validate_kind(self, field: RadioField) -> None:
        """Here and not at the value: an empty optional field is not looked at any more."""
        if field.data in {PERCENT, AMOUNT}:
            self._check_value(self.value.data, is_percent=field.data == PERCENT)

    def validate_ends_at(self, field: DateTimeLocalField) -> None:
        if field.data and self._moment(field.data) <= clock.now():
            raise ValidationError(_("This moment is over."))

    def details(self) -> CodeDetails:
        chosen = {tier.public_id: tier.id for tier in self.event.tiers}
        ends_at = self._moment(self.ends_at.data) if self.ends_at.data else None
        return CodeDetails(
            self.name.data or "".join(secrets.choice(LETTERS) for _n in range(LENGTH)),
            self._hundredths() if self.kind.data == PERCENT else None,
            self._minor() if self.kind.data == AMOUNT else None,
            [chosen[one] for one in self.tiers.data or []],
            self.total_limit.data,
            self.person_limit.data,
            self.order_limit.data,
            ends_at,
        )

    def _check_value(self, value: Decimal | None, *, is_percent: bool) -> None:
        if value is None or not value.is_finite() or value <= 0:
            raise ValidationError(_("Please say how much."))
        most = Decimal(100) if is_percent else Decimal(LARGEST)
        places = 2 if is_percent else decimals(self.event.currency)
        if value > most or -value.as_tuple().exponent > places:  # type: ignore[operator] # finite
            raise ValidationError(
                _("At most %(most)s, with at most %(places)s decimals.", most=most, places=places)
            )
        self._check_rest(is_percent=is_percent)

    def _check_rest(self, *, is_percent: bool) -> None:
        """What is left of each price is nothing, or enough for a card."""
        code = Code(tier_ids=[])
        code.percent_bps = self._hundredths() if is_percent else None
        code.amount_minor = None if is_percent else self._minor()
        wanted = set(self.tiers.data or [])
        for tier in self.event.tiers:
            price = tier.price(self.event.currency)
            rest = price - code.off(tier.id, price)
            least = MINIMUM_CHARGE.get(self.event.currency, 1)
            if (not wanted or tier.public_id in wanted) and 0 < rest.minor < least:
                raise ValidationError(
                    _("Of %(tier)s too little would be left for a card to pay.", tier=tier.name)
                )

    def _hundredths(self) -> int:
        return int(self.value.data * 100)

    def _minor(self) -> int:
        return int(self.value.data * 10 ** decimals(self.event.currency))

    def _moment(self, local: datetime) -> datetime:
        return local.replace(tzinfo=ZoneInfo(self.event.timezone))


def make_code(event: Event, details: CodeDetails, *, by: int, now: datetime) -> Code:
    code = Code(
        event_id=event.id,
        name=details.name,
        key=key_of(details.name),
        percent_bps=details.percent_bps,
        amount_minor=details.amount_minor,
        tier_ids=details.tier_ids,
        total_limit=details.total_limit,
        person_limit=details.person_limit,
        order_limit=details.order_limit,
        made_by=by,
        made_at=now,
        ends_at=details.ends_at,
    )
    db.session.add(code)
    db.session.flush()
    note("code.made", event.public_id, by=by, now=now, after={"code": code.public_id})
    return code


def end_code(public_id: str, event: Event, *, by: int, now: datetime) -> None:
    """Raises NotFound, for another event's too. Waits for whoever is using it this moment."""
    wanted = sa.select(Code).where(Code.public_id == public_id, Code.event_id == event.id)
    code: Code | None = db.session.scalar(locked(wanted))
    if code is None:
        raise NotFound("There is no such code.")
    if code.ended_at is None:
        code.ended_at = now
        note("code.ended", event.public_id, by=by, now=now, before={"code": code.public_id})


def hide_tier(tier_id: int, event: Event, *, hidden: bool, by: int, now: datetime) -> None:
    tier = db.session.get_one(Tier, tier_id)
    if tier.hidden != hidden:
        tier.hidden = hidden
        after = {"tier": tier.public_id, "hidden": hidden}
        note("tier.hidden", event.public_id, by=by, now=now, after=after)
