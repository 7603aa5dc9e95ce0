"""Controls that do what people and banks do: buyers, sellers, Stripe's own staff."""

from collections.abc import Callable

from sandbox.stripe import disputes, events, payouts, refund_outcomes, refunds
from sandbox.stripe.accounts import capabilities
from sandbox.stripe.checkout import lifecycle
from sandbox.stripe.context import Call, Scope
from sandbox.stripe.errors import conflict, invalid, not_found
from sandbox.stripe.pages.onboarding import complete
from sandbox.stripe.payments.methods import Payer
from sandbox.stripe.store import Doc, Json


def _named(call: Call, *kinds: str) -> tuple[Scope, Doc]:
    """The object of the URL and a scope on the account it belongs to."""
    found = call.store.find(call.path["id"])
    if found is None or found.kind not in kinds:
        raise not_found(kinds[0], call.path["id"])
    return call.of(found.account), found


def _choice(call: Call, choices: dict[str, Callable[[], object]]) -> None:
    action = choices.get(call.path["action"])
    if action is None:
        raise invalid(f"Known actions: {', '.join(choices)}.")
    action()


def account(call: Call) -> Json:
    scope, doc = _named(call, "account")
    _choice(
        call,
        {
            "onboard": lambda: complete(scope, doc, "verified", call.param("business_name")),
            "pending": lambda: complete(scope, doc, "pending"),
            "enable": lambda: capabilities.move_to(scope, doc, "verified"),
            "restrict": lambda: capabilities.move_to(
                scope, doc, "restricted", call.param("reason")
            ),
            "reject": lambda: capabilities.move_to(scope, doc, "rejected", call.param("reason")),
            "payout": lambda: payouts.pay_out_all(scope.of(doc.id), doc),
            "deauthorize": lambda: _deauthorize(scope, doc),
        },
    )
    return doc.body


def _deauthorize(scope: Scope, doc: Doc) -> None:
    """The seller takes the platform's access away; the event is the last that is heard of them."""
    application = {"id": scope.application, "object": "application", "name": "Sandbox platform"}
    events.emit(scope.of(doc.id), "account.application.deauthorized", application)
    doc.hidden["gone"] = "deauthorized"
    scope.save(doc)


def session(call: Call) -> Json:
    """Presses a button of the hosted page, or lets its time run out."""
    scope, doc = _named(call, "checkout.session")
    if doc.body["status"] != "open":
        raise conflict(f"Checkout Session {doc.id} is {doc.body['status']}, not open.")
    if not capabilities.can_charge(scope):
        raise conflict(f"The account {scope.account} cannot take payments.")
    known = doc.body["customer_email"]
    payer = Payer(known or call.param("email") or "buyer@example.com", call.param("name"))
    reason = call.param("decline_code", "generic_decline")
    _choice(
        call,
        {
            "pay": lambda: lifecycle.pay(scope, doc, payer),
            "decline": lambda: lifecycle.decline(scope, doc, payer, reason),
            "authenticate": lambda: lifecycle.authenticate(scope, doc, payer),
            "delayed": lambda: lifecycle.pay_later(scope, doc, payer),
            "expire": lambda: lifecycle.expire(scope, doc),
        },
    )
    return doc.body


def settle(call: Call) -> Json:
    """The outcome of a bank debit, by the id of the PaymentIntent or of its session."""
    scope, doc = _named(call, "payment_intent", "checkout.session")
    if doc.kind == "checkout.session":
        doc = scope.get("payment_intent", str(doc.body["payment_intent"]))
    if doc.body["status"] != "processing":
        raise conflict(f"PaymentIntent {doc.id} is {doc.body['status']}, not processing.")
    outcome = call.param("outcome", "succeeded")
    if outcome not in {"succeeded", "failed"}:
        raise invalid("The outcome is succeeded or failed.", "outcome")
    lifecycle.settle_debit(scope, doc, paid=outcome == "succeeded")
    return doc.body


def _charge(call: Call) -> tuple[Scope, Doc]:
    scope, doc = _named(call, "charge", "payment_intent")
    if doc.kind == "payment_intent":
        doc = scope.get("charge", str(doc.body["latest_charge"]))
    if doc.body["status"] != "succeeded":
        raise conflict(f"Charge {doc.id} is {doc.body['status']}.")
    return scope, doc


def refund(call: Call) -> Json:
    """A refund that the seller makes in their own dashboard."""
    scope, charge = _charge(call)
    left = charge.body["amount"] - charge.body["amount_refunded"]
    amount = call.param("amount", left)
    if not isinstance(amount, int) or not 0 < amount <= left:
        raise conflict(f"Between 1 and {left} can be refunded of {charge.id}.", "amount")
    give_back = bool(call.param("refund_application_fee", False))
    return refunds.refund(scope, charge, amount, give_back_fee=give_back).body


def change_refund(call: Call) -> Json:
    scope, doc = _named(call, "refund")
    reason = call.param("reason", "lost_or_stolen_card")
    _choice(
        call,
        {
            "fail": lambda: refund_outcomes.fail(scope, doc, reason),
            "fund": lambda: refund_outcomes.fund(scope, doc),
        },
    )
    return doc.body


def dispute(call: Call) -> Json:
    scope, charge = _charge(call)
    return disputes.open_dispute(
        scope,
        charge,
        amount=call.param("amount", charge.body["amount"]),
        reason=call.param("reason", "fraudulent"),
        inquiry=bool(call.param("inquiry", False)),
    ).body


def change_dispute(call: Call) -> Json:
    scope, doc = _named(call, "dispute")
    _choice(
        call,
        {"win": lambda: disputes.win(scope, doc), "lose": lambda: disputes.lose(scope, doc)},
    )
    return doc.body


def change_payout(call: Call) -> Json:
    scope, doc = _named(call, "payout")
    reason = call.param("reason", "account_closed")
    _choice(
        call,
        {
            "pay": lambda: payouts.arrive(scope, doc),
            "fail": lambda: payouts.fail(scope, doc, reason),
        },
    )
    return doc.body
