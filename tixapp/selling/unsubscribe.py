"""/unsubscribe/<token>: no more news of a seller. By the link alone: nobody signs in for this, and
a mail program may do it for its reader with one request (RFC 8058)."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from tixapp.core.clock import clock
from tixapp.core.db import transaction

from .messages_to_buyers import read_unsubscribe_token, unsubscribe

bp = Blueprint("unsubscribing", __name__)


@bp.get("/unsubscribe/<token>")
def ask(token: str) -> ResponseReturnValue:
    """Programs follow links to look at them: nothing happens before the button."""
    seller, _person = read_unsubscribe_token(token)
    return render_template("selling/unsubscribe.html", seller=seller, token=token, is_done=False)


@bp.post("/unsubscribe/<token>")
def stop(token: str) -> ResponseReturnValue:
    seller, person = read_unsubscribe_token(token)
    with transaction():
        unsubscribe(seller, person, now=clock.now())
    return render_template("selling/unsubscribe.html", seller=seller, token=token, is_done=True)
