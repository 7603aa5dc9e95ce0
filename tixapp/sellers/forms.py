"""What a person fills in to sell."""

from typing import Any

from babel import Locale
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as __
from wtforms import SelectChoice, SelectField, StringField, ValidationError
from wtforms.validators import DataRequired, Length

from tixapp.accounts.errors import BadAddress
from tixapp.accounts.rules import address
from tixapp.web.forms import Form, one_line, strip

from .rules import COUNTRIES

NAME_MOST = 100


class ProfileForm(Form):
    """What buyers are told."""

    name = StringField(
        __("Name"),
        [DataRequired(__("Please give the name that buyers know.")), Length(max=NAME_MOST)],
        filters=[one_line],
    )
    contact = StringField(
        __("E-mail for questions"),
        filters=[strip],
        description=__("Buyers see it on the pages of your events."),
    )

    def validate_contact(self, field: StringField) -> None:
        if not field.data:
            field.data = ""
            return
        try:
            field.data = address(field.data).email
        except BadAddress:
            raise ValidationError(
                _("This is not an e-mail address such as tickets@example.com.")
            ) from None


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
