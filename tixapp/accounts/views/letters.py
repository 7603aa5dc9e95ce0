"""What the links in our letters open. Following one shows a button; pressing it does the deed,
so that programs which fetch links from mails do nothing."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tixapp.accounts import actions, flows
from tixapp.accounts.errors import AddressTaken, LinkDead
from tixapp.accounts.forms import EmailForm, NewPasswordForm
from tixapp.accounts.guards import sign_in_required
from tixapp.accounts.limits import OWN_LETTERS, STRANGERS_LETTERS, limited
from tixapp.accounts.login import current_session, me, remember
from tixapp.accounts.models import LinkPurpose, LoginLink
from tixapp.accounts.queries import live_link
from tixapp.core.clock import clock
from tixapp.core.db import transaction

from . import bp
from .signing import visitor

GONE = 410


@bp.get("/forgotten")
def forgotten() -> ResponseReturnValue:
    return render_template("accounts/forgotten.html", form=EmailForm())


@bp.post("/forgotten")
@limited(STRANGERS_LETTERS)
def do_forgotten() -> ResponseReturnValue:
    """Whether there is such an account is looked up later, by the job that writes the letter."""
    form = EmailForm()
    if not form.validate():
        return render_template("accounts/forgotten.html", form=form), 422
    with transaction():
        actions.want_reset(form.who.key)
    return redirect(url_for("accounts.forgotten_sent"), 303)


@bp.get("/forgotten/sent")
def forgotten_sent() -> ResponseReturnValue:
    return render_template("accounts/forgotten_sent.html")


@bp.get("/reset")
def reset() -> ResponseReturnValue:
    link = _link(LinkPurpose.RESET)
    if link is None:
        return _dead(LinkPurpose.RESET)
    form = NewPasswordForm(formdata=None)
    return render_template("accounts/reset.html", form=form, token=_token(), email=link.user.email)


@bp.post("/reset")
@limited(STRANGERS_LETTERS)
def do_reset() -> ResponseReturnValue:
    link = _link(LinkPurpose.RESET)
    if link is None:
        return _dead(LinkPurpose.RESET)
    email = link.user.email
    form = NewPasswordForm(link.user.email_key)
    if not form.validate():
        page = render_template("accounts/reset.html", form=form, token=_token(), email=email)
        return page, 422
    try:
        token = flows.reset_password(_token(), form.password.data, visitor(), now=clock.now())
    except LinkDead:
        return _dead(LinkPurpose.RESET)
    remember(token)
    flash(_("Your new password is set, and you are signed in."), "success")
    return redirect(url_for("accounts.account"), 303)


@bp.get("/confirm")
def confirm() -> ResponseReturnValue:
    link = _link(LinkPurpose.CONFIRM)
    if link is None:
        return _dead(LinkPurpose.CONFIRM)
    return render_template("accounts/confirm.html", token=_token(), email=link.user.email)


@bp.post("/confirm")
def do_confirm() -> ResponseReturnValue:
    try:
        with transaction():
            actions.confirm_address(_token(), now=clock.now())
    except LinkDead:
        return _dead(LinkPurpose.CONFIRM)
    return render_template("accounts/confirmed.html")


@bp.post("/account/confirmation")
@sign_in_required
@limited(OWN_LETTERS)
def send_confirmation() -> ResponseReturnValue:
    """The letter once more, for whoever has not confirmed the address."""
    if me().confirmed_at is None:
        with transaction():
            actions.want_confirmation(me())
        flash(_("The letter is on its way to %(email)s.", email=me().email), "success")
    return redirect(url_for("accounts.account"), 303)


@bp.get("/account/new-address")
def new_address() -> ResponseReturnValue:
    link = _link(LinkPurpose.CHANGE)
    if link is None:
        return _dead(LinkPurpose.CHANGE)
    return render_template("accounts/new_address.html", token=_token(), email=link.email)


@bp.post("/account/new-address")
def use_new_address() -> ResponseReturnValue:
    try:
        flows.use_new_address(_token(), kept=current_session(), now=clock.now())
    except (LinkDead, AddressTaken):
        return _dead(LinkPurpose.CHANGE)
    flash(_("Your account has its new address."), "success")
    return redirect(url_for("accounts.account"), 303)


def _token() -> str:
    """In the query or the form, not in the path: paths are logged."""
    return request.values.get("token", "")


def _link(purpose: LinkPurpose) -> LoginLink | None:
    return live_link(_token(), purpose, now=clock.now())


def _dead(purpose: LinkPurpose) -> ResponseReturnValue:
    return render_template("accounts/link_dead.html", purpose=purpose.value), GONE
