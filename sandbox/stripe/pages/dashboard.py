"""Pages for people who want to see what is going on, and a seller's Express dashboard."""

from dataclasses import dataclass

from sandbox.stripe import clock, refunds
from sandbox.stripe.config import Config
from sandbox.stripe.context import Scope
from sandbox.stripe.form import decode
from sandbox.stripe.http import Request, Response, see_other
from sandbox.stripe.pages.render import message, page
from sandbox.stripe.payments import ledger
from sandbox.stripe.store import Doc, Store

SHOWN = 30


@dataclass
class DashboardPages:
    store: Store
    config: Config

    def show(self, request: Request) -> Response:
        deliveries = self.store.rows(
            "SELECT d.type, d.account, d.state, d.attempts, d.last_status, e.body FROM deliveries d"
            " LEFT JOIN objects e ON e.id = d.endpoint ORDER BY d.id DESC LIMIT ?",
            (SHOWN,),
        )
        return page(
            "dashboard.html",
            now=clock.now(self.store),
            accounts=self._latest("account"),
            sessions=self._latest("checkout.session"),
            events=self._latest("event"),
            deliveries=deliveries,
        )

    def _latest(self, kind: str) -> list[Doc]:
        return self.store.select("kind = ?", [kind], limit=SHOWN)

    def express(self, request: Request, account_id: str, secret: str) -> Response:
        account = self.store.find(account_id, kind="account")
        if account is None or account.hidden.get("gone"):
            return message("Nothing here", "This account does not exist.", status=404)
        scope = self._scope(account_id)
        charges = self.store.select("account = ? AND kind = 'charge'", [account_id], limit=SHOWN)
        currency = account.body["default_currency"]
        held = ledger.held(scope, currency)
        return page(
            "express.html", account=account.body, charges=charges, held=held, currency=currency
        )

    def refund(self, request: Request, account_id: str, secret: str) -> Response:
        """The seller gives a buyer their money back, without telling the platform first."""
        form = decode(request.body.decode(errors="replace"))
        with self.store.transaction():
            scope = self._scope(account_id)
            charge = scope.find("charge", str(form.get("charge", "")))
            if charge is None:
                return message("Nothing here", "This payment does not exist.", status=404)
            left = charge.body["amount"] - charge.body["amount_refunded"]
            if not charge.body["paid"] or left == 0 or charge.body["disputed"]:
                return message("Not possible", "This payment cannot be refunded.", status=409)
            refunds.refund(scope, charge, left)
        return see_other(request.path)

    def receipt(self, request: Request, charge_id: str) -> Response:
        charge = self.store.find(charge_id, kind="charge")
        if charge is None:
            return message("Nothing here", "This receipt does not exist.", status=404)
        return page("receipt.html", charge=charge.body)

    def _scope(self, account_id: str) -> Scope:
        return Scope(self.store, account_id, clock.now(self.store), self.config.public_url)
