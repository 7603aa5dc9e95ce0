"""What becomes of a refund after it was asked for."""

from typing import Any

from sandbox.stripe import events
from sandbox.stripe.context import Scope
from sandbox.stripe.errors import conflict
from sandbox.stripe.payments import ledger
from sandbox.stripe.store import Doc, Json


def book(scope: Scope, doc: Doc) -> None:
    body = doc.body
    charge = scope.get("charge", body["charge"])
    arrival = scope.store.find(charge.body["balance_transaction"])
    fee_back = doc.hidden["fee_back"]
    details = [ledger.application_fee(scope, -fee_back, body["currency"])] if fee_back else []
    kind = "refund" if body["id"].startswith("re_") else "payment_refund"
    txn = ledger.record(
        scope, kind, -body["amount"], body["currency"], body["id"],
        fees=details, available_on=arrival.body["available_on"] if arrival else 0,
        description="REFUND FOR CHARGE" if kind == "refund" else "REFUND FOR PAYMENT",
    )  # fmt: skip
    body["balance_transaction"] = txn.id


def fund(scope: Scope, doc: Doc) -> None:
    """A refund that waited for the account's balance goes through."""
    if doc.body["status"] != "pending":
        raise conflict(f"Refund {doc.id} is {doc.body['status']}, not pending.")
    before: dict[str, Any] = {
        "status": "pending",
        "pending_reason": doc.body.pop("pending_reason", None),
    }
    doc.body["status"] = "succeeded"
    book(scope, doc)
    scope.save(doc)
    tell(scope, doc, before)


def fail(scope: Scope, doc: Doc, reason: str) -> None:
    """Days later the bank sends the money back: it returns to the account's balance."""
    if doc.body["status"] not in {"succeeded", "pending", "requires_action"}:
        raise conflict(f"Refund {doc.id} is {doc.body['status']} and cannot fail any more.")
    before = {"status": doc.body["status"]}
    doc.body |= {"status": "failed", "failure_reason": reason}
    if doc.body["balance_transaction"]:
        txn = ledger.record(
            scope, "refund_failure", doc.body["amount"], doc.body["currency"], doc.id
        )
        doc.body["failure_balance_transaction"] = txn.id
    scope.save(doc)
    give_room(scope, doc)
    tell(scope, doc, before)
    events.emit(scope, "refund.failed", doc.body)


def give_room(scope: Scope, doc: Doc) -> None:
    """The charge counts as not refunded again, so that another refund can be made."""
    charge = scope.get("charge", doc.body["charge"])
    before = {
        "amount_refunded": charge.body["amount_refunded"],
        "refunded": charge.body["refunded"],
    }
    charge.body["amount_refunded"] -= doc.body["amount"]
    charge.body["refunded"] = False
    scope.save(charge)
    events.emit(scope, "charge.updated", charge.body, before)


def tell(scope: Scope, doc: Doc, before: Json) -> None:
    events.emit(scope, "refund.updated", doc.body, before)
    events.emit(scope, "charge.refund.updated", doc.body, before)
