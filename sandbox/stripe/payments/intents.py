"""PaymentIntents: the wish to be paid a sum, through its attempts."""

from typing import Any

from sandbox.stripe import events, timers
from sandbox.stripe.context import Scope
from sandbox.stripe.ids import new_id, token
from sandbox.stripe.payments import charges
from sandbox.stripe.store import Doc, Json

SETTLES_AFTER = 3 * 86_400


def open_intent(
    scope: Scope, amount: int, currency: str, data: Json, session: str | None = None
) -> Doc:
    """`data` holds what its maker chose: metadata, description, application_fee_amount, ..."""
    intent_id = new_id("pi", 24)
    body: Json = {
        "id": intent_id,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": scope.application if scope.connected else None,
        "application_fee_amount": data.get("application_fee_amount"),
        "automatic_payment_methods": data.get("automatic_payment_methods"),
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{intent_id}_secret_{token(25)}",
        "confirmation_method": "automatic",
        "created": scope.now,
        "currency": currency,
        "customer": data.get("customer"),
        "customer_account": None,
        "description": data.get("description"),
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": data.get("metadata", {}),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": data.get("payment_method_types", ["card"]),
        "presentment_details": None,
        "processing": None,
        "receipt_email": data.get("receipt_email"),
        "review": None,
        "setup_future_usage": None,
        "shipping": data.get("shipping"),
        "source": None,
        "statement_descriptor": data.get("statement_descriptor"),
        "statement_descriptor_suffix": data.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": data.get("transfer_group"),
    }
    doc = scope.add(body, {"session": session})
    events.emit(scope, "payment_intent.created", body)
    return doc


def _change(scope: Scope, doc: Doc, kind: str, **fields: Any) -> None:
    doc.body |= fields
    scope.save(doc)
    events.emit(scope, f"payment_intent.{kind}", doc.body)


def pay(scope: Scope, doc: Doc, method: Json, *, authenticated: bool = False) -> Doc:
    charge = charges.succeed(scope, doc.body, method, authenticated=authenticated)
    _change(
        scope, doc, "succeeded",
        status="succeeded", amount_received=doc.body["amount"], latest_charge=charge.id,
        payment_method=method["id"], next_action=None, last_payment_error=None,
    )  # fmt: skip
    return charge


def decline(scope: Scope, doc: Doc, method: Json, reason: str = "generic_decline") -> Doc:
    charge = charges.fail(scope, doc.body, method, reason)
    _change(
        scope, doc, "payment_failed",
        status="requires_payment_method", latest_charge=charge.id, payment_method=None,
        next_action=None, last_payment_error=error_of(charge.body, method, reason),
    )  # fmt: skip
    return charge


def error_of(charge: Json, method: Json, reason: str) -> Json:
    code, message = charges.DECLINES[reason]
    return {
        "charge": charge["id"],
        "code": code,
        "decline_code": reason,
        "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}",
        "message": message,
        "payment_method": method,
        "type": "card_error",
    }


def ask_for_authentication(scope: Scope, doc: Doc, method: Json, url: str) -> None:
    target = {"return_url": None, "url": url}
    _change(
        scope, doc, "requires_action",
        status="requires_action", payment_method=method["id"], last_payment_error=None,
        next_action={"type": "redirect_to_url", "redirect_to_url": target},
    )  # fmt: skip


def fail_authentication(scope: Scope, doc: Doc, method: Json) -> None:
    """The buyer did not pass 3-D Secure: no charge was even tried."""
    message = (
        "We are unable to authenticate your payment method. Please choose a different payment"
        " method and"
        " try again."
    )
    error = {
        "code": "payment_intent_authentication_failure",
        "doc_url": "https://stripe.com/docs/error-codes/payment-intent-authentication-failure",
        "message": message,
        "payment_method": method,
        "type": "invalid_request_error",
    }
    _change(
        scope, doc, "payment_failed",
        status="requires_payment_method", payment_method=None, next_action=None,
        last_payment_error=error,
    )  # fmt: skip


def start_debit(scope: Scope, doc: Doc, method: Json) -> Doc:
    """A bank debit: the outcome comes after days, by itself or by `settle_debit`."""
    charge = charges.wait(scope, doc.body, method)
    _change(
        scope, doc, "processing",
        status="processing", latest_charge=charge.id, payment_method=method["id"],
        last_payment_error=None,
    )  # fmt: skip
    timers.start(scope, "debit_settles", doc.id, scope.now + SETTLES_AFTER)
    return charge


def settle_debit(scope: Scope, doc: Doc, *, paid: bool) -> None:
    """The bank's answer to a debit that is processing."""
    timers.stop(scope, "debit_settles", doc.id)
    charge = scope.get("charge", doc.body["latest_charge"])
    method = scope.get("payment_method", doc.body["payment_method"]).body
    if paid:
        charges.settle(scope, charge, doc.body)
        charges.announce(scope, charge)
        _change(scope, doc, "succeeded", status="succeeded", amount_received=doc.body["amount"])
        return
    charges.mark_failed(charge.body, "debit_not_authorized")
    scope.save(charge)
    events.emit(scope, "charge.failed", charge.body)
    _change(
        scope, doc, "payment_failed",
        status="requires_payment_method", payment_method=None,
        last_payment_error=error_of(charge.body, method, "debit_not_authorized"),
    )  # fmt: skip


def cancel(scope: Scope, doc: Doc, reason: str | None) -> None:
    _change(
        scope, doc, "canceled",
        status="canceled", canceled_at=scope.now, cancellation_reason=reason, next_action=None,
    )  # fmt: skip
