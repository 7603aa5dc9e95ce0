"""What steers a room."""

from typing import Any

from flask_babel import lazy_gettext as __
from wtforms import BooleanField, IntegerField
from wtforms.validators import InputRequired, NumberRange

from tixapp.waiting.actions.limits import MOST_RATE, MOST_SHOPPING
from tixapp.web.forms import Form


class RoomForm(Form):
    rate = IntegerField(
        __("People let in a minute, at the most"),
        [InputRequired(), NumberRange(1, MOST_RATE)],
        description=__("The room lets in fewer by itself when fewer places are left."),
    )
    a_max = IntegerField(
        __("People who may choose at once"),
        [InputRequired(), NumberRange(1, MOST_SHOPPING)],
    )
    is_strict = BooleanField(
        __("Keep places for everyone who is let in"),
        description=__("Nobody who is let in finds it sold out. It goes a little slower."),
    )

    def limits(self) -> dict[str, Any]:
        return {
            "rate": self.rate.data,
            "a_max": self.a_max.data,
            "is_strict": bool(self.is_strict.data),
        }
