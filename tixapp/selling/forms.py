"""What a seller fills in."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as __
from wtforms import BooleanField, RadioField, SelectChoice, StringField, ValidationError
from wtforms.validators import Length

from tixapp.web.forms import Form, one_line

WITH_FEE, WITHOUT_FEE = "with", "without"
REASON_MOST = 200


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
