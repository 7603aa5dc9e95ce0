"""Connect Onboarding: where a seller tells who they are, behind a link that opens once."""

import copy
from dataclasses import dataclass

from sandbox.stripe import clock
from sandbox.stripe.accounts import api, capabilities
from sandbox.stripe.config import Config
from sandbox.stripe.context import Scope
from sandbox.stripe.form import decode
from sandbox.stripe.http import Request, Response, see_other
from sandbox.stripe.ids import token
from sandbox.stripe.pages.render import message, page
from sandbox.stripe.store import Doc, Store

SESSION_LIVES = 3600


@dataclass
class OnboardingPages:
    store: Store
    config: Config

    def open_link(self, request: Request, account_id: str, secret: str) -> Response:
        """The first visit uses the link up; later ones, and late ones, go to `refresh_url`."""
        with self.store.transaction():
            link = self._link(account_id, secret)
            if link is None:
                return message("Nothing here", "This link does not exist.", status=404)
            now = clock.now(self.store)
            if link.hidden["opened"] or now >= link.body["expires_at"]:
                return see_other(str(link.hidden["refresh_url"]))
            link.hidden |= {"opened": True, "visit": token(20), "visit_ends": now + SESSION_LIVES}
            self.store.save(link)
            return see_other(f"/setup/s/{account_id}/{secret}-{link.hidden['visit']}")

    def show(self, request: Request, account_id: str, visit: str) -> Response:
        link, account = self._visit(account_id, visit)
        if link is None or account is None:
            return _over(link)
        return page("onboarding.html", account=account.body, problem=None)

    def act(self, request: Request, account_id: str, visit: str) -> Response:
        form = decode(request.body.decode(errors="replace"))
        with self.store.transaction():
            link, account = self._visit(account_id, visit)
            if link is None or account is None:
                return _over(link)
            scope = Scope(
                self.store, account.account, clock.now(self.store), self.config.public_url
            )
            action = form.get("action", "complete")
            if action in {"complete", "pending"}:
                self._submit(
                    scope, account, form, "verified" if action == "complete" else "pending"
                )
            elif action != "later":
                return message("Unknown action", "The page has no such button.", status=400)
            return see_other(str(link.hidden["return_url"]))

    def _submit(self, scope: Scope, account: Doc, form: dict[str, str], standing: str) -> None:
        complete(scope, account, standing, form.get("business_name") or None)

    def _link(self, account_id: str, secret: str) -> Doc | None:
        link = self.store.find(f"alink_{secret}", kind="account_link")
        return link if link and link.hidden["account"] == account_id else None

    def _visit(self, account_id: str, visit: str) -> tuple[Doc | None, Doc | None]:
        secret, _, name = visit.partition("-")
        link = self._link(account_id, secret)
        if link is None or link.hidden.get("visit") != name:
            return None, None
        if clock.now(self.store) >= link.hidden["visit_ends"]:
            return link, None
        account = self.store.find(account_id, kind="account")
        return link, None if account is None or account.hidden.get("gone") else account


def complete(
    scope: Scope, account: Doc, standing: str = "verified", name: str | None = None
) -> None:
    """What a seller tells on the page: their business and bank account. Tells the platform."""
    before = copy.deepcopy(account.body)
    profile = account.body["business_profile"]
    profile |= {"name": name or profile["name"], "mcc": profile["mcc"] or "7922"}
    account.body["business_type"] = account.body["business_type"] or "individual"
    account.body["tos_acceptance"] = {"date": scope.now}
    if not account.body["external_accounts"]["data"]:
        api.add_bank(scope, account)
    if not account.hidden["requested"]:
        capabilities.ask(
            scope, account, {"card_payments": {"requested": True}, "transfers": {"requested": True}}
        )
    account.hidden |= {"standing": standing, "disabled_reason": None}
    capabilities.announce(scope, account, before)


def _over(link: Doc | None) -> Response:
    if link is not None:
        return see_other(str(link.hidden["refresh_url"]))
    return message("Nothing here", "This page does not exist.", status=404)
