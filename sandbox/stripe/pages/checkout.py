"""The hosted payment page: what a buyer sees at a session's `url`."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.stripe import clock, timers
from sandbox.stripe.accounts.capabilities import can_charge
from sandbox.stripe.checkout import lifecycle
from sandbox.stripe.checkout.rules import EMAIL
from sandbox.stripe.config import Config
from sandbox.stripe.context import Scope
from sandbox.stripe.deliveries import Deliveries
from sandbox.stripe.form import decode
from sandbox.stripe.http import Request, Response, see_other
from sandbox.stripe.pages.render import message, page
from sandbox.stripe.payments.charges import DECLINES
from sandbox.stripe.payments.methods import Payer
from sandbox.stripe.store import Doc, Json, Store

WAITS_FOR_WEBHOOK = 10.0
GUEST = "buyer@example.com"
DECLINED = "Your card was declined. Nothing was charged. Please try another card."
UNAUTHENTICATED = "Your bank did not confirm it was you. Nothing was charged. Please try again."
CLOSED = "This shop cannot take payments at the moment. Nothing was charged."
BAD_EMAIL = "Please check the e-mail address. Nothing was charged."


@dataclass
class CheckoutPages:
    store: Store
    config: Config
    deliveries: Deliveries

    def show(self, request: Request, session_id: str) -> Response:
        return self._with_open(session_id, self._form)

    def act(self, request: Request, session_id: str) -> Response:
        form = decode(request.body.decode(errors="replace"))
        action = str(form.get("action", "pay"))
        handler = self._actions().get(action)
        if handler is None:
            return message("Unknown action", "The page has no such button.", status=400)
        answer = self._with_open(session_id, lambda scope, session: handler(scope, session, form))
        if form.get("wait") != "no":
            self._wait_for_webhook(answer)
        return answer

    def _with_open(self, session_id: str, act: Callable[[Scope, Doc], Response]) -> Response:
        """Runs `act` in a transaction on a session that is open, else shows what became of it."""
        timers.run_due(self.store, self.config.public_url)
        with self.store.transaction():
            session = self.store.find(session_id, kind="checkout.session")
            if session is None:
                return message("Nothing here", "This payment page does not exist.", status=404)
            if session.body["status"] != "open":
                return _ended(session)
            scope = Scope(
                self.store, session.account, clock.now(self.store), self.config.public_url
            )
            return act(scope, session)

    def _actions(self) -> dict[str, Callable[[Scope, Doc, dict[str, str]], Response]]:
        return {
            "pay": self._pay,
            "decline": self._decline,
            "authenticate": self._authenticate,
            "delayed": self._pay_later,
            "cancel": self._cancel,
            "complete_authentication": self._pass_authentication,
            "fail_authentication": self._fail_authentication,
        }

    # the buttons

    def _pay(self, scope: Scope, session: Doc, form: dict[str, str]) -> Response:
        refusal = self._refusal(scope, session, form)
        return refusal or _completed(session, lifecycle.pay(scope, session, _payer(session, form)))

    def _decline(self, scope: Scope, session: Doc, form: dict[str, str]) -> Response:
        reason = form.get("decline_code", "generic_decline")
        refusal = self._refusal(scope, session, form)
        if refusal or reason not in DECLINES or not session.body["amount_total"]:
            return refusal or message(
                "Unknown reason", "No card is declined like that.", status=400
            )
        lifecycle.decline(scope, session, _payer(session, form), reason)
        return self._form(scope, session, DECLINED)

    def _authenticate(self, scope: Scope, session: Doc, form: dict[str, str]) -> Response:
        refusal = self._refusal(scope, session, form)
        if refusal or not session.body["amount_total"]:
            return refusal or message("Nothing to pay", "This purchase costs nothing.", status=400)
        lifecycle.authenticate(scope, session, _payer(session, form))
        return see_other(f"/c/pay/{session.id}/authenticate")

    def _pay_later(self, scope: Scope, session: Doc, form: dict[str, str]) -> Response:
        refusal = self._refusal(scope, session, form)
        if refusal or not _takes_debits(session):
            return refusal or message("Not offered", "This shop takes no bank debits.", status=400)
        return _completed(session, lifecycle.pay_later(scope, session, _payer(session, form)))

    def _cancel(self, scope: Scope, session: Doc, form: dict[str, str]) -> Response:
        if not session.body["cancel_url"]:
            return message("No way back", "The shop gave no address to go back to.", status=400)
        return see_other(_address(session, "cancel_url"))

    # 3-D Secure

    def show_authentication(self, request: Request, session_id: str) -> Response:
        def show(scope: Scope, session: Doc) -> Response:
            if not _asked_to_authenticate(scope, session):
                return see_other(f"/c/pay/{session.id}")
            return page("authenticate.html", session=session.body)

        return self._with_open(session_id, show)

    def _pass_authentication(self, scope: Scope, session: Doc, form: dict[str, str]) -> Response:
        if not _asked_to_authenticate(scope, session):
            return see_other(f"/c/pay/{session.id}")
        payer = lifecycle.payer_of(session)
        if not can_charge(scope):
            return self._form(scope, session, CLOSED, 409)
        return _completed(session, lifecycle.pay(scope, session, payer, authenticated=True))

    def _fail_authentication(self, scope: Scope, session: Doc, form: dict[str, str]) -> Response:
        if not _asked_to_authenticate(scope, session):
            return see_other(f"/c/pay/{session.id}")
        lifecycle.fail_authentication(scope, session)
        return self._form(scope, session, UNAUTHENTICATED)

    # what is shown

    def _refusal(self, scope: Scope, session: Doc, form: dict[str, str]) -> Response | None:
        email = form.get("email")
        if email and not EMAIL.match(email):
            return self._form(scope, session, BAD_EMAIL, 422)
        return None if can_charge(scope) else self._form(scope, session, CLOSED, 409)

    def _form(
        self, scope: Scope, session: Doc, problem: str | None = None, status: int = 200
    ) -> Response:
        return page(
            "checkout.html",
            status=status,
            session=session.body,
            items=session.hidden["line_items"],
            seller=session.body["branding_settings"]["display_name"],
            email=_email(session) or "",
            guest=GUEST,
            debits=_takes_debits(session),
            problem=problem,
        )

    def _wait_for_webhook(self, answer: Response) -> None:
        """As Stripe does, so that the shop knows of the payment before the buyer is back."""
        if answer.after_event is not None:
            self.deliveries.wait_for_answer(answer.after_event, WAITS_FOR_WEBHOOK)


def _completed(session: Doc, event: Doc) -> Response:
    answer = see_other(_address(session, "success_url"))
    answer.after_event = event.id
    return answer


def _address(session: Doc, name: str) -> str:
    return str(session.body[name]).replace("{CHECKOUT_SESSION_ID}", session.id)


def _ended(session: Doc) -> Response:
    if session.body["status"] == "expired":
        text = "The time to pay is over. Nothing was charged. Please start again in the shop."
        link = session.body["cancel_url"] and _address(session, "cancel_url")
        return message(
            "This page has expired", text, status=410, link=link, label="Back to the shop"
        )
    link = _address(session, "success_url")
    text = "This purchase is complete. You will not be charged again."
    return message("All done", text, status=409, link=link, label="Continue to the shop")


def _payer(session: Doc, form: dict[str, str]) -> Payer:
    return Payer(email=_email(session) or form.get("email") or GUEST, name=form.get("name") or None)


def _email(session: Doc) -> str | None:
    details: Json = session.body["customer_details"] or {}
    email: str | None = session.body["customer_email"] or details.get("email")
    return email


def _takes_debits(session: Doc) -> bool:
    return bool(session.body["amount_total"]) and session.body["payment_method_types"] != ["card"]


def _asked_to_authenticate(scope: Scope, session: Doc) -> bool:
    intent_id = session.body["payment_intent"]
    return (
        bool(intent_id)
        and scope.get("payment_intent", intent_id).body["status"] == "requires_action"
    )
