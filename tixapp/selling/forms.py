"""What a seller fills in."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as __
from wtforms import (
    BooleanField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from tixapp.accounts.errors import BadAddress
from tixapp.accounts.rules import Address, address
from tixapp.events.models import Event
from tixapp.orders.gifts import MOST_AT_ONCE
from tixapp.web.forms import Form, one_line

WITH_FEE, WITHOUT_FEE = "with", "without"
REASON_MOST = 200
NAME_MOST = 100


class RefundForm(Form):
    """`fee`: whether ours goes back too. `used_too`: tickets that somebody came in with."""

    fee = RadioField(__("How much goes back?"), default=WITH_FEE)
    used_too = BooleanField(__("Refund the ticket that was used at the door too"))
    reason = StringField(
        __("Why"),
        [Length(max=REASON_MOST)],
        filters=[one_line],
        description=__("For your own records. The buyer does not see it."),
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fee.choices = [
            SelectChoice(value=WITH_FEE, label=""),
            SelectChoice(value=WITHOUT_FEE, label=""),
        ]


class CancellationForm(Form):
    """The event's name, typed, so that nobody cancels by accident."""

    name = StringField(__("Type the name of the event to confirm"), filters=[one_line])

    def __init__(self, event_name: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.event_name = event_name

    def validate_name(self, field: StringField) -> None:
        if _folded(field.data) != _folded(self.event_name):
            raise ValidationError(
                _(
                    "That is not the name. Nothing was cancelled: type “%(name)s” if you mean it.",
                    name=self.event_name,
                )
            )


def _folded(name: str | None) -> str:
    return str(one_line(name) or "").casefold()


class HolderForm(Form):
    holder_name = StringField(
        __("Name on the ticket"),
        [DataRequired(__("Please give a name.")), Length(max=NAME_MOST)],
        filters=[one_line],
    )


class GiftForm(Form):
    """Complimentary tickets for one guest."""

    tier = SelectField(__("Kind of ticket"))
    quantity = IntegerField(
        __("How many"),
        [
            InputRequired(__("Please say how many.")),
            NumberRange(1, MOST_AT_ONCE, __("From 1 to %(max)s at once.")),
        ],
        default=1,
    )
    name = StringField(
        __("The guest's name"),
        [DataRequired(__("Please give a name.")), Length(max=NAME_MOST)],
        filters=[one_line],
    )
    email = StringField(
        __("The guest's mail address"),
        [DataRequired(__("Please give an address: the tickets go there."))],
        filters=[one_line],
    )
    reason = StringField(
        __("Why they come for nothing"),
        [DataRequired(__("Please say why. It stands in your books.")), Length(max=REASON_MOST)],
        filters=[one_line],
        description=__("For your own records. The guest does not see it."),
    )

    def __init__(self, event: Event, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.tier.choices = [
            SelectChoice(value=tier.public_id, label=tier.name) for tier in event.tiers
        ]
        self.address: Address | None = None

    def validate_email(self, field: StringField) -> None:
        self.address = _address_in(field)


class InvitationForm(Form):
    email = StringField(
        __("Mail address"), [DataRequired(__("Please give an address."))], filters=[one_line]
    )
    role = SelectField(
        __("Role"),
        default="door",
        description=__(
            "Door: the scanner, and nothing of money. Editor: events, orders and refunds. Owner:"
            " all of that, the team and the account at Stripe."
        ),
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        names = {"door": _("Door"), "editor": _("Editor"), "owner": _("Owner")}
        self.role.choices = [SelectChoice(value=role, label=name) for role, name in names.items()]
        self.address: Address | None = None

    def validate_email(self, field: StringField) -> None:
        self.address = _address_in(field)


class MessageForm(Form):
    kind = RadioField(__("What is it?"), default="visit")
    tier = SelectField(__("To whom?"), default="")
    subject = StringField(
        __("Subject"),
        [DataRequired(__("Please give a subject.")), Length(max=120)],
        filters=[one_line],
    )
    text = TextAreaField(
        __("Text"),
        [DataRequired(__("Please write something.")), Length(max=5000)],
        description=__("Plain text. An empty line begins a new paragraph."),
    )

    def __init__(self, event: Event, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind.choices = [
            SelectChoice(value="visit", label=_("About their visit: everybody gets it")),
            SelectChoice(value="news", label=_("News: whoever wants none is left out")),
        ]
        self.tier.choices = [SelectChoice(value="", label=_("Everybody with a ticket"))] + [
            SelectChoice(value=tier.public_id, label=tier.name) for tier in event.tiers
        ]


def _address_in(field: StringField) -> Address:
    try:
        return address(field.data or "")
    except BadAddress as fault:
        raise ValidationError(str(fault)) from fault
