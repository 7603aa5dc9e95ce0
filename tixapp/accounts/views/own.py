"""One's own account: name, address, password."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tixapp.accounts import actions, flows
from tixapp.accounts.errors import WrongPassword
from tixapp.accounts.forms import ChangeAddressForm, ChangePasswordForm, NamedForm
from tixapp.accounts.guards import sign_in_required
from tixapp.accounts.limits import OWN_LETTERS, OWN_PASSWORD, limited
from tixapp.accounts.login import current_session, me
from tixapp.core.clock import clock
from tixapp.core.db import transaction

from . import bp


@bp.get("/account")
@sign_in_required
def account() -> ResponseReturnValue:
    return _page()


@bp.post("/account/name")
@sign_in_required
def change_name() -> ResponseReturnValue:
    form = NamedForm()
    if not form.validate():
        return _page(name_form=form), 422
    with transaction():
        actions.rename(me().id, form.name.data)
    flash(_("Your name is changed."), "success")
    return redirect(url_for("accounts.account"), 303)


@bp.post("/account/password")
@sign_in_required
@limited(OWN_PASSWORD)
def change_password() -> ResponseReturnValue:
    form = ChangePasswordForm(me().email_key, prefix="password")
    if not form.validate():
        return _page(password_form=form), 422
    try:
        flows.change_password(
            me(),
            form.current.data,
            form.password.data,
            kept=current_session(),
            now=clock.now(),
        )
    except WrongPassword:
        form.current.errors = [_("This is not your current password.")]
        return _page(password_form=form), 422
    flash(
        _("Your password is changed. Every other browser is signed out, and API keys are revoked."),
        "success",
    )
    return redirect(url_for("accounts.account"), 303)


@bp.post("/account/address")
@sign_in_required
@limited(OWN_PASSWORD, OWN_LETTERS)
def change_address() -> ResponseReturnValue:
    form = ChangeAddressForm(prefix="address")
    if not form.validate():
        return _page(address_form=form), 422
    try:
        flows.want_new_address(me(), form.current.data, form.who, now=clock.now())
    except WrongPassword:
        form.current.errors = [_("This is not your password.")]
        return _page(address_form=form), 422
    flash(
        _(
            "We sent a letter to %(email)s. Your address changes when you follow its link.",
            email=form.who.email,
        ),
        "success",
    )
    return redirect(url_for("accounts.account"), 303)


def _page(
    name_form: NamedForm | None = None,
    address_form: ChangeAddressForm | None = None,
    password_form: ChangePasswordForm | None = None,
) -> str:
    """The forms that were not sent are empty; none of them reads another's fields."""
    person = me()
    return render_template(
        "accounts/account.html",
        person=person,
        name_form=name_form or NamedForm(formdata=None, name=person.name),
        address_form=address_form or ChangeAddressForm(formdata=None, prefix="address"),
        password_form=password_form or ChangePasswordForm(formdata=None, prefix="password"),
        section=request.endpoint,
    )
