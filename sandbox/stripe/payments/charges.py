"""Charges: one attempt to take money, and what became of it."""

from typing import Any

from sandbox.stripe import events
from sandbox.stripe.context import Call, Scope
from sandbox.stripe.errors import conflict
from sandbox.stripe.ids import new_id
from sandbox.stripe.metadata import merged_metadata
from sandbox.stripe.paging import Filter, page
from sandbox.stripe.payments import fees, ledger, methods
from sandbox.stripe.store import Doc, Json

DECLINES = {
    "generic_decline": ("card_declined", "Your card was declined."),
    "insufficient_funds": ("card_declined", "Your card has insufficient funds."),
    "expired_card": ("expired_card", "Your card has expired."),
    "incorrect_cvc": ("incorrect_cvc", "Your card's security code is incorrect."),
    "processing_error": (
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
    ),
    "authentication_required": (
        "authentication_required",
        "Your card was declined. This transaction requires authentication.",
    ),
    "debit_not_authorized": (
        "debit_not_authorized",
        "The customer has notified their bank that this payment was unauthorized.",
    ),
}


def succeed(scope: Scope, intent: Json, method: Json, *, authenticated: bool = False) -> Doc:
    """A charge whose money has arrived: booked on the account, and our fee on the platform."""
    charge = _new(scope, intent, method, "succeeded", authenticated=authenticated)
    settle(scope, charge, intent)
    announce(scope, charge)
    return charge


def announce(scope: Scope, charge: Doc) -> None:
    """Stripe captures asynchronously: the booking is not in the first event, but in a second."""
    booked = [name for name in ("balance_transaction", "application_fee") if charge.body[name]]
    before: Json = dict.fromkeys(booked)
    events.emit(scope, "charge.succeeded", charge.body | before)
    events.emit(scope, "charge.updated", charge.body, before)


def fail(scope: Scope, intent: Json, method: Json, decline: str) -> Doc:
    charge = _new(scope, intent, method, "failed")
    mark_failed(charge.body, decline)
    scope.save(charge)
    events.emit(scope, "charge.failed", charge.body)
    return charge


def wait(scope: Scope, intent: Json, method: Json) -> Doc:
    """A charge of a bank debit, which takes days to be known."""
    charge = _new(scope, intent, method, "pending")
    events.emit(scope, "charge.pending", charge.body)
    return charge


def settle(scope: Scope, charge: Doc, intent: Json) -> None:
    """Books the money of a charge and the application fee in it."""
    body = charge.body
    amount, currency = body["amount"], body["currency"]
    arrives = scope.now + ledger.funds_delay(scope)
    details: list[Json] = []
    ours = intent["application_fee_amount"]
    if ours:
        fee = fees.collect(scope, body, ours, arrives)
        body |= {"application_fee": fee.id, "application_fee_amount": ours}
        details.append(ledger.application_fee(scope, ours, currency))
    processing = ledger.stripe_fee(scope, amount, currency)
    if _platform_pays(scope):
        platform = scope.of(scope.platform)
        ledger.record(platform, "stripe_fee", -processing["amount"], currency, body["id"])
    else:
        details.insert(0, processing)
    kind = "charge" if body["payment_method_details"]["type"] == "card" else "payment"
    txn = ledger.record(
        scope, kind, amount, currency, body["id"],
        fees=details, available_on=arrives, description=body["description"],
    )  # fmt: skip
    body |= {
        "balance_transaction": txn.id,
        "captured": True,
        "amount_captured": amount,
        "paid": True,
        "status": "succeeded",
        "outcome": _outcome("approved_by_network", None, "authorized", "Payment complete."),
    }
    scope.save(charge)


def _platform_pays(scope: Scope) -> bool:
    account = scope.store.find(scope.account, kind="account")
    controller: Json = (account.body.get("controller") if account else None) or {}
    return scope.connected and controller.get("fees", {}).get("payer") == "application"


def mark_failed(body: Json, decline: str) -> None:
    code, message = DECLINES[decline]
    body |= {
        "status": "failed",
        "paid": False,
        "failure_code": code,
        "failure_message": message,
        "outcome": _outcome(
            "declined_by_network",
            decline,
            "issuer_declined",
            "The bank did not return any further details with this decline.",
        ),
    }


def _outcome(network: str, reason: str | None, kind: str, message: str) -> Json:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": network,
        "reason": reason,
        "risk_level": "normal",
        "risk_score": 12,
        "seller_message": message,
        "type": kind,
    }


def _new(
    scope: Scope, intent: Json, method: Json, status: str, *, authenticated: bool = False
) -> Doc:
    amount = intent["amount"]
    charge_id = new_id("ch" if method["type"] == "card" else "py", 24)
    body: Json = {
        "id": charge_id,
        "object": "charge",
        "amount": amount,
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": intent["application"],
        "application_fee": None,
        "application_fee_amount": None,
        "authorization_code": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": _descriptor(intent),
        "captured": False,
        "created": scope.now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "outcome": None,
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": methods.on_charge(method, amount, authenticated=authenticated),
        "presentment_details": None,
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": f"{scope.public_url}/receipts/{charge_id}",
        "refunded": False,
        "review": None,
        "shipping": intent["shipping"],
        "source": None,
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": status,
        "transfer_data": None,
        "transfer_group": intent["transfer_group"],
    }
    return scope.add(body)


def _descriptor(intent: Json) -> str:
    suffix = intent["statement_descriptor_suffix"]
    return f"SANDBOX* {suffix}" if suffix else "SANDBOX"


# the API


def retrieve(call: Call) -> Json:
    return call.get("charge", call.path["charge"]).body


def list_all(call: Call) -> Json:
    only = Filter().created(call.param("created"))
    for name in ("customer", "payment_intent", "transfer_group"):
        only.field(name, call.param(name))
    return page(call, "charge", "/v1/charges", only)


def update(call: Call) -> Json:
    doc = call.get("charge", call.path["charge"])
    before = dict(doc.body)
    if "metadata" in call.params:
        doc.body["metadata"] = merged_metadata(doc.body["metadata"], call.param("metadata"))
    for name in ("description", "receipt_email", "shipping", "transfer_group", "fraud_details"):
        if name in call.params:
            doc.body[name] = call.param(name)
    call.save(doc)
    events.emit(call, "charge.updated", doc.body, events.changes(before, doc.body))
    return doc.body


def refundable(call: Call) -> Doc:
    """The charge that a refund's parameters name, by itself or by its PaymentIntent."""
    charge_id, intent_id = call.param("charge"), call.param("payment_intent")
    if charge_id:
        charge = call.named("charge", charge_id, "charge")
        if intent_id and charge.body["payment_intent"] != intent_id:
            raise conflict(f"Charge {charge_id} does not belong to {intent_id}.", "payment_intent")
        return charge
    intent = call.named("payment_intent", intent_id, "payment_intent")
    latest: Any = intent.body["latest_charge"]
    found = call.find("charge", latest) if latest else None
    if found is None or found.body["status"] == "failed":
        raise conflict(
            f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.",
            "payment_intent",
        )
    return found
