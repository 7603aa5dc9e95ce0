"""What a person fills in to sell."""

from typing import Any

from babel import Locale
from flask_babel import get_locale
from flask_babel import lazy_gettext as __
from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Length

from tixapp.web.forms import Form, one_line

from .rules import COUNTRIES

NAME_MOST = 100


class SellerForm(Form):
    name = StringField(
        __("Name"),
        [DataRequired(__("Please give the name that buyers know.")), Length(max=NAME_MOST)],
        filters=[one_line],
        description=__("Your club, festival or company, as it stands on tickets."),
    )
    country = SelectField(
        __("Country"), default="DE", description=__("Where your bank account is.")
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        names = Locale.parse(str(get_locale() or "en")).territories
        found = sorted((names.get(code, code), code) for code in COUNTRIES)
        self.country.choices = [SelectChoice(value=code, label=name) for name, code in found]
