"""What people fill in about their accounts."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as __
from wtforms import (
    EmailField,
    Field,
    PasswordField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from tixapp.web.forms import Form, one_line, strip

from .errors import BadAddress
from .rules import PASSWORD_LEAST, PASSWORD_MOST, SCOPES, Address, address, password_fault

NAME_MOST = 100
ADDRESS_MOST = 320

FAULTS = {
    "too_short": __("Please use at least %(least)s characters.", least=PASSWORD_LEAST),
    "too_long": __("Please use at most %(most)s characters.", most=PASSWORD_MOST),
    "common": __("This is one of the first passwords that others would try. Please take another."),
    "address": __("Please take a password that is not your address."),
}
SCOPE_WORDS = {
    "read": __("Read: events, orders and tickets"),
    "write": __("Write: reserve and buy"),
    "door": __("Door: check tickets in"),
    "sell": __("Sell: make and change events"),
}


class NamedForm(Form):
    """Above the others: fields stand in the order in which they are made."""

    name = StringField(
        __("Your name"),
        [DataRequired(__("Please enter your name.")), Length(max=NAME_MOST)],
        filters=[one_line],
        description=__("It stands on the tickets you buy."),
    )


class EmailForm(Form):
    """A form with an address. `who` is its meaning once the form is valid."""

    who: Address

    email = EmailField(
        __("E-mail address"),
        [DataRequired(__("Please enter your e-mail address.")), Length(max=ADDRESS_MOST)],
        filters=[strip],
    )

    def validate_email(self, field: Field) -> None:
        try:
            self.who = address(field.data)
        except BadAddress as fault:
            raise ValidationError(
                _("Please check the address: “%(typed)s” cannot be one.", typed=field.data)
            ) from fault


class SignInForm(EmailForm):
    password = PasswordField(
        __("Password"),
        [InputRequired(__("Please enter your password.")), Length(max=PASSWORD_MOST)],
    )


class SignUpForm(NamedForm, EmailForm):
    password = PasswordField(
        __("Password"),
        [InputRequired(__("Please choose a password."))],
        description=__("At least %(least)s characters.", least=PASSWORD_LEAST),
    )

    def validate_password(self, field: Field) -> None:
        who = getattr(self, "who", None)
        _check_new_password(field, who.key if who else "")


class NewPasswordForm(Form):
    password = PasswordField(
        __("New password"),
        [InputRequired(__("Please choose a password."))],
        description=__("At least %(least)s characters.", least=PASSWORD_LEAST),
    )

    def __init__(self, address_key: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.address_key = address_key

    def validate_password(self, field: Field) -> None:
        _check_new_password(field, self.address_key)


class ChangePasswordForm(NewPasswordForm):
    current = PasswordField(
        __("Current password"), [InputRequired(__("Please enter your current password."))]
    )


class ChangeAddressForm(EmailForm):
    current = PasswordField(__("Password"), [InputRequired(__("Please enter your password."))])


class ApiKeyForm(Form):
    label = StringField(
        __("What is it for?"),
        [DataRequired(__("Please give it a name, so that you know it later.")), Length(max=60)],
        filters=[one_line],
    )
    scopes = SelectMultipleField(
        __("What may it do?"),
        choices=[SelectChoice(value=scope, label=SCOPE_WORDS[scope]) for scope in SCOPES],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def validate_scopes(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_("Please choose at least one."))


def _check_new_password(field: Field, address_key: str) -> None:
    fault = password_fault(field.data, address_key)
    if fault is not None:
        raise ValidationError(FAULTS[fault])
