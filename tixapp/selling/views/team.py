"""Who works for a seller: asked by mail, given another role, taken off at once."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from tixapp.accounts.guards import sign_in_required
from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.core.errors import Conflict, NotFound
from tixapp.door.actions.devices import leave_doors
from tixapp.door.queries import phones_paired_by
from tixapp.mails.letters import write_letter
from tixapp.sellers.access import may_own
from tixapp.sellers.actions import change_role, remove_member
from tixapp.sellers.invitations import (
    accept,
    invitation_for,
    invite,
    open_invitations,
    people_of,
    person_of,
    take_back,
)
from tixapp.sellers.models import Role, Seller
from tixapp.sellers.queries import seller_of
from tixapp.selling.forms import InvitationForm
from tixapp.selling.messages import explain
from tixapp.web.limits import by_person, limiter
from tixapp.web.links import link_to

from .base import bp, page


@bp.get("/<seller_id>/team")
@sign_in_required
def team(seller_id: str) -> ResponseReturnValue:
    return _page(_own(seller_id), InvitationForm(formdata=None))


@bp.post("/<seller_id>/team")
@sign_in_required
@limiter.limit("30 per hour", key_func=by_person)
def ask(seller_id: str) -> ResponseReturnValue:
    seller, form, now = _own(seller_id), InvitationForm(), clock.now()
    if not form.validate() or form.address is None:
        return _page(seller, form), 422
    role = Role(form.role.data)
    try:
        with transaction():
            made, token = invite(seller.id, form.address, role, by=current_user.id, now=now)
            write_letter(
                f"invitation:{made.public_id}",
                made.email,
                "invitation",
                now=now,
                seller=seller.name,
                role=role.value,
                inviter=current_user.name or current_user.email,
                link=link_to("selling.invitation", token=token),
            )
    except Conflict as refusal:
        flash(explain(refusal), "bad")
    else:
        flash(_("An invitation is on its way to %(address)s.", address=made.email), "good")
    return redirect(url_for(".team", seller_id=seller_id), 303)


@bp.post("/<seller_id>/team/<member_id>/role")
@sign_in_required
def give_role(seller_id: str, member_id: str) -> ResponseReturnValue:
    seller = _own(seller_id)
    person = person_of(member_id, seller.id)
    wanted = request.form.get("role", "")
    if wanted not in set(Role):
        raise NotFound("There is no such role.")
    name, user_id = person.name or person.email, person.id
    try:
        with transaction():
            change_role(seller.id, user_id, Role(wanted), by=current_user.id, now=clock.now())
    except Conflict as refusal:
        flash(explain(refusal), "bad")
    else:
        flash(_("%(name)s has the new role from now on.", name=name), "good")
    return redirect(url_for(".team", seller_id=seller_id), 303)


@bp.post("/<seller_id>/team/<member_id>/removal")
@sign_in_required
def take_off(seller_id: str, member_id: str) -> ResponseReturnValue:
    seller = _own(seller_id)
    person = person_of(member_id, seller.id)
    name, user_id = person.name or person.email, person.id
    try:
        with transaction():
            remove_member(seller.id, user_id, by=current_user.id, now=clock.now())
            leave_doors(user_id, seller.id, by=current_user.id, now=clock.now())
            phones = phones_paired_by(user_id, seller.id)
    except Conflict as refusal:
        flash(explain(refusal), "bad")
    else:
        flash(_("%(name)s no longer works here, and is signed out everywhere.", name=name), "good")
        _tell_of_phones(phones)
    return redirect(url_for(".team", seller_id=seller_id), 303)


@bp.post("/<seller_id>/invitations/<invitation_id>/end")
@sign_in_required
def uninvite(seller_id: str, invitation_id: str) -> ResponseReturnValue:
    seller = _own(seller_id)
    with transaction():
        take_back(invitation_id, seller.id, by=current_user.id, now=clock.now())
    flash(_("The invitation is taken back: its link works no longer."), "good")
    return redirect(url_for(".team", seller_id=seller_id), 303)


@bp.get("/invitation")
@sign_in_required
def invitation() -> ResponseReturnValue:
    """Where the letter leads. Nothing happens before its reader says yes."""
    token = request.args.get("token", "")
    try:
        found = invitation_for(token, current_user, now=clock.now())
    except Conflict:
        return page("invitation", here="account", found=None, token=""), 404
    return page("invitation", here="account", found=found, token=token)


@bp.post("/invitation")
@sign_in_required
@limiter.limit("30 per hour", key_func=by_person)
def join() -> ResponseReturnValue:
    try:
        with transaction():
            seller = accept(request.form.get("token", ""), current_user, now=clock.now())
    except Conflict:
        return page("invitation", here="account", found=None, token=""), 404
    flash(_("Welcome: you work for %(seller)s now.", seller=seller.name), "good")
    return redirect(url_for("sellers.home"), 303)


def _tell_of_phones(phones: int) -> None:
    """They are the gates' own and may be at work: ending them is for whoever knows them."""
    if phones:
        flash(
            ngettext(
                "%(num)s phone that they paired for your doors still scans. If it is theirs, end it"
                " under “Gates, phones and rules” of the event.",
                "%(num)s phones that they paired for your doors still scan. End those that are"
                " theirs under “Gates, phones and rules” of the event.",
                phones,
            ),
            "warn",
        )


def _own(seller_id: str) -> Seller:
    """For everyone but its owners there is no such team."""
    seller, role = seller_of(seller_id, current_user.id)
    if not may_own(role):
        raise NotFound("There is no such seller.")
    return seller


def _page(seller: Seller, form: InvitationForm) -> str:
    return page(
        "team",
        here="account",
        seller=seller,
        form=form,
        people=people_of(seller.id),
        invitations=open_invitations(seller.id, now=clock.now()),
    )
