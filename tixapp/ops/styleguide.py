"""Every component on one page, with made-up data: a workbench, so not in production."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from wtforms import (
    BooleanField,
    EmailField,
    Form,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from tixapp.tickets.codes import qr_svg
from tixapp.web.running import settings

bp = Blueprint("styleguide", __name__)

SAMPLE_CODE = "1K7Q2M4XA9PZ3R." + "B7KQ2XWM" * 12 + "B7KQ2XW"


class SampleForm(Form):  # type: ignore[misc] # wtforms carries no types
    name = StringField("Your name")
    email = EmailField(
        "E-mail address",
        [InputRequired("Write your e-mail address, for example ada@example.com.")],
    )
    city = SelectField("City", choices=[SelectChoice("Berlin"), SelectChoice("Hamburg")])
    about = TextAreaField("Anything we should know")
    agree = BooleanField("Tell me when this organiser has something new")
    way = RadioField(
        "How would you like the tickets?",
        choices=[
            SelectChoice("mail", "By mail and here"),
            SelectChoice("paper", "As PDF to print"),
        ],
        default="mail",
    )


@bp.get("/staff/styleguide")
def styleguide() -> ResponseReturnValue:
    if settings().is_production:
        abort(404)
    return render_template("styleguide.html", **samples())


def samples() -> dict[str, Any]:
    """What the page needs beside the data that it makes up itself."""
    refused = SampleForm(prefix="refused-")
    refused.validate()
    return {
        "form": SampleForm(),
        "bad_form": refused,
        "qr": Markup(qr_svg(SAMPLE_CODE)),  # noqa: S704 - made by us
        "lead": timedelta(minutes=9, seconds=42),
    }
