"""API keys: made, shown once, revoked."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tixapp.accounts import actions
from tixapp.accounts.forms import ApiKeyForm
from tixapp.accounts.guards import sign_in_required
from tixapp.accounts.limits import KEYS, limited
from tixapp.accounts.login import me
from tixapp.accounts.queries import api_key_of, live_api_keys
from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.core.errors import NotFound

from . import bp


@bp.get("/account/keys")
@sign_in_required
def keys() -> ResponseReturnValue:
    return _page(ApiKeyForm())


@bp.post("/account/keys")
@sign_in_required
@limited(KEYS)
def create_key() -> ResponseReturnValue:
    """The answer itself shows the key: it is nowhere else, not even in the session."""
    form = ApiKeyForm()
    if not form.validate():
        return _page(form), 422
    with transaction():
        key = actions.create_api_key(
            me().id, label=form.label.data, scopes=form.scopes.data, now=clock.now()
        )
    return render_template("accounts/key_made.html", secret=key.secret, label=form.label.data), 201


@bp.post("/account/keys/<key_id>/end")
@sign_in_required
def end_key(key_id: str) -> ResponseReturnValue:
    found = api_key_of(key_id, me().id)
    if found is None:
        raise NotFound(_("There is no such key of yours."))
    with transaction():
        actions.end_api_key(found, now=clock.now())
    flash(_("The key no longer works."), "success")
    return redirect(url_for("accounts.keys"), 303)


def _page(form: ApiKeyForm) -> str:
    return render_template("accounts/keys.html", form=form, keys=live_api_keys(me().id))
