"""Signing in, up and out."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts import flows
from tixapp.accounts.actions import Visitor
from tixapp.accounts.forms import SignInForm, SignUpForm
from tixapp.accounts.limits import GUESSES, STRANGERS_LETTERS, limited
from tixapp.accounts.login import forget, remember
from tixapp.core.clock import clock
from tixapp.core.ids import new_secret
from tixapp.web.forms import own_path

from . import bp

HOME = "/"


def visitor() -> Visitor:
    return Visitor(user_agent=request.user_agent.string, address=request.remote_addr or "")


def where_next() -> str | None:
    return own_path(request.values.get("next"))


@bp.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(where_next() or HOME, 303)
    return render_template("accounts/sign_in.html", form=SignInForm(), next=where_next())


@bp.post("/sign-in")
@limited(*GUESSES)
def do_sign_in() -> ResponseReturnValue:
    form = SignInForm()
    token = None
    if form.validate():
        token = flows.sign_in(form.who, form.password.data, visitor(), now=clock.now())
        if token is None:
            form.form_errors.append(
                _("This address and this password do not belong together. Please check both.")
            )
    if token is None:
        return render_template("accounts/sign_in.html", form=form, next=where_next()), 422
    remember(token)
    return redirect(where_next() or HOME, 303)


@bp.get("/sign-up")
def sign_up() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(where_next() or HOME, 303)
    return render_template("accounts/sign_up.html", form=SignUpForm(), next=where_next())


@bp.post("/sign-up")
@limited(STRANGERS_LETTERS)
def do_sign_up() -> ResponseReturnValue:
    """The same answer, down to the length of the cookie, whether or not the address was known."""
    form = SignUpForm()
    if not form.validate():
        return render_template("accounts/sign_up.html", form=form, next=where_next()), 422
    token = flows.sign_up(
        form.who, form.password.data, name=form.name.data, visitor=visitor(), now=clock.now()
    )
    # A token that opens nothing: its owner finds a letter, and signs in as before.
    remember(token or new_secret())
    return redirect(url_for("accounts.welcome", next=where_next()), 303)


@bp.get("/welcome")
def welcome() -> ResponseReturnValue:
    return render_template("accounts/welcome.html", next=where_next() or HOME)


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    forget()
    flash(_("You are signed out."), "success")
    return redirect(HOME, 303)
