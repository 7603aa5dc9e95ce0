"""Refunds: money back to a buyer, in whole or in part, and what can go wrong on the way."""

from sandbox.stripe import events
from sandbox.stripe import refund_outcomes as outcomes
from sandbox.stripe.context import Call, Scope
from sandbox.stripe.errors import conflict, invalid, missing
from sandbox.stripe.ids import new_id
from sandbox.stripe.metadata import merged_metadata
from sandbox.stripe.money import share, shown
from sandbox.stripe.paging import Filter, check_range, page
from sandbox.stripe.payments import charges, fees, ledger
from sandbox.stripe.store import Doc, Json

ENFORCE = "refunds_need_balance"
WAITS = {"requires_action"}


def create(call: Call) -> Json:
    if not call.param("charge") and not call.param("payment_intent"):
        raise missing("payment_intent")
    for name in ("customer", "origin", "currency"):
        if call.param(name):
            raise invalid("Refunds of a customer's balance need a customer with one.", name)
    charge = charges.refundable(call)
    amount = _amount(call, charge)
    _check_flags(call, charge)
    metadata = merged_metadata({}, call.param("metadata", {}))
    wanted = {
        "reason": call.param("reason"),
        "instructions_email": call.param("instructions_email"),
    }
    give_back_fee = bool(call.param("refund_application_fee"))
    return refund(call, charge, amount, metadata, wanted, give_back_fee=give_back_fee).body


def _amount(call: Call, charge: Doc) -> int:
    body = charge.body
    if body["disputed"] and not charge.hidden.get("refundable_dispute"):
        raise conflict(
            f"Charge {charge.id} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )
    left = body["amount"] - body["amount_refunded"]
    if body["refunded"]:
        raise conflict(
            f"Charge {charge.id} has already been refunded.",
            "charge",
            code="charge_already_refunded",
        )
    amount = int(call.param("amount", left))
    check_range(amount, 1, 99_999_999, "amount")
    if amount > left:
        currency = body["currency"]
        of = "charge amount" if left == body["amount"] else "unrefunded amount on charge"
        raise conflict(
            f"Refund amount ({shown(amount, currency)}) is greater than {of}"
            f" ({shown(left, currency)})",
            "amount",
            "amount_too_large",
        )
    if body["status"] == "pending":
        raise conflict(f"Charge {charge.id} is still pending and cannot be refunded yet.", "charge")
    return amount


def _check_flags(call: Call, charge: Doc) -> None:
    if call.param("refund_application_fee") and not charge.body["application_fee"]:
        raise conflict(
            f"Attempting to refund_application_fee on {charge.id}, but it has no application fee",
            "refund_application_fee",
        )
    if call.param("reverse_transfer"):
        raise conflict(
            f"Attempting to reverse_transfer on {charge.id}, but it has no associated transfer",
            "reverse_transfer",
        )


def refund(
    scope: Scope,
    charge: Doc,
    amount: int,
    metadata: dict[str, str] | None = None,
    wanted: Json | None = None,
    *,
    give_back_fee: bool = False,
) -> Doc:
    """Sends `amount` back; the refund waits when the account has too little and that counts."""
    body = charge.body
    available, pending = ledger.held(scope, body["currency"])
    enough = available + pending >= amount or not scope.store.setting(ENFORCE, False)
    doc = scope.add(_new(scope, body, amount, metadata or {}, wanted or {}), {"fee_back": 0})
    before = {"amount_refunded": body["amount_refunded"], "refunded": body["refunded"]}
    body["amount_refunded"] += amount
    body["refunded"] = body["amount_refunded"] == body["amount"]
    if give_back_fee:
        doc.hidden["fee_back"] = _fee_back(scope, charge)
    if enough:
        outcomes.book(scope, doc)
        doc.body |= {"status": "succeeded"}
    else:
        doc.body |= {"status": "pending", "pending_reason": "insufficient_funds"}
    scope.save(charge)
    scope.save(doc)
    events.emit(scope, "refund.created", doc.body)
    events.emit(scope, "charge.refunded", body, before)
    return doc


def _new(scope: Scope, charge: Json, amount: int, metadata: dict[str, str], wanted: Json) -> Json:
    body: Json = {
        "id": new_id("re" if charge["id"].startswith("ch_") else "pyr", 24),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": scope.now,
        "currency": charge["currency"],
        "customer": charge["customer"],
        "customer_account": None,
        "destination_details": _destination(charge),
        "metadata": metadata,
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": wanted.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "pending",
        "transfer_reversal": None,
    }
    if wanted.get("instructions_email"):
        body["instructions_email"] = wanted["instructions_email"]
    return body


def _destination(charge: Json) -> Json:
    kind = charge["payment_method_details"]["type"]
    if kind != "card":
        return {kind: {}, "type": kind}
    card = {
        "reference_status": "pending",
        "reference_type": "acquirer_reference_number",
        "type": "refund",
    }
    return {"card": card, "type": "card"}


def _fee_back(scope: Scope, charge: Doc) -> int:
    """Gives back the fee's part of all refunded so far, less what was given back before."""
    platform = scope.of(scope.platform)
    fee = platform.get("application_fee", charge.body["application_fee"])
    owed = share(fee.body["amount"], charge.body["amount_refunded"], charge.body["amount"])
    amount: int = owed - fee.body["amount_refunded"]
    if amount > 0:
        fees.give_back(platform, fee, amount)
    return max(0, amount)


# the rest of the API


def retrieve(call: Call) -> Json:
    return call.get("refund", call.path["refund"]).body


def list_all(call: Call) -> Json:
    only = Filter().created(call.param("created"))
    only.field("charge", call.param("charge")).field("payment_intent", call.param("payment_intent"))
    return page(call, "refund", "/v1/refunds", only)


def update(call: Call) -> Json:
    doc = call.get("refund", call.path["refund"])
    before = {"metadata": doc.body["metadata"]}
    doc.body["metadata"] = merged_metadata(doc.body["metadata"], call.param("metadata", {}))
    call.save(doc)
    if doc.body["metadata"] != before["metadata"]:
        outcomes.tell(call, doc, before)
    return doc.body


def cancel(call: Call) -> Json:
    doc = call.get("refund", call.path["refund"])
    if doc.body["status"] not in WAITS:
        raise conflict(
            f"This Refund ({doc.id}) cannot be canceled because it has a status of"
            f" {doc.body['status']}."
            " Only a refund with a status of requires_action can be canceled."
        )
    before = {"status": doc.body["status"]}
    doc.body["status"] = "canceled"
    call.save(doc)
    outcomes.give_room(call, doc)
    outcomes.tell(call, doc, before)
    return doc.body
