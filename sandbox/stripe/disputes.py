"""Disputes: a bank asks for a payment back, the money leaves at once, and evidence decides."""

from sandbox.stripe import events, timers
from sandbox.stripe.context import Call, Scope
from sandbox.stripe.errors import conflict, invalid
from sandbox.stripe.ids import new_id
from sandbox.stripe.metadata import merged_metadata
from sandbox.stripe.paging import Filter, page
from sandbox.stripe.payments import ledger
from sandbox.stripe.store import Doc, Json
from sandbox.stripe.words import words

ANSWER_WITHIN = 7 * 86_400
DISPUTE_FEE = 1500
REASONS = words(
    "bank_cannot_process check_returned credit_not_processed customer_initiated",
    "debit_not_authorized duplicate fraudulent general incorrect_account_details",
    "insufficient_funds noncompliant product_not_received product_unacceptable",
    "subscription_canceled unrecognized",
)
OPEN = {"needs_response", "under_review", "warning_needs_response", "warning_under_review"}
# What Stripe's test mode understands: docs.stripe.com/testing#disputes
WINNING, LOSING = "winning_evidence", "losing_evidence"
EVIDENCE = words(
    "access_activity_log billing_address cancellation_policy cancellation_policy_disclosure",
    "cancellation_rebuttal customer_communication customer_email_address customer_name",
    "customer_purchase_ip customer_signature duplicate_charge_documentation",
    "duplicate_charge_explanation duplicate_charge_id product_description receipt refund_policy",
    "refund_policy_disclosure refund_refusal_explanation service_date service_documentation",
    "shipping_address shipping_carrier shipping_date shipping_documentation",
    "shipping_tracking_number uncategorized_file uncategorized_text",
)


def open_dispute(scope: Scope, charge: Doc, *, amount: int, reason: str, inquiry: bool) -> Doc:
    """A new dispute of a charge; an inquiry only asks and moves no money."""
    if reason not in REASONS:
        raise invalid(f"Invalid reason: must be one of {', '.join(sorted(REASONS))}.", "reason")
    if not 0 < amount <= charge.body["amount"]:
        raise invalid(f"Between 1 and {charge.body['amount']} can be disputed.", "amount")
    if charge.body["disputed"]:
        raise conflict(f"Charge {charge.id} is disputed already.")
    doc = scope.add(_new(scope, charge.body, amount, reason, inquiry=inquiry), {"inquiry": inquiry})
    charge.body["disputed"] = True
    charge.hidden["refundable_dispute"] = inquiry
    scope.save(charge)
    if not inquiry:
        _book(scope, doc, -amount, DISPUTE_FEE)
    scope.save(doc)
    events.emit(scope, "charge.dispute.created", doc.body)
    if not inquiry:
        events.emit(scope, "charge.dispute.funds_withdrawn", doc.body)
    events.emit(scope, "charge.updated", charge.body, {"disputed": False})
    timers.start(scope, "dispute_due", doc.id, doc.body["evidence_details"]["due_by"])
    return doc


def _new(scope: Scope, charge: Json, amount: int, reason: str, *, inquiry: bool) -> Json:
    return {
        "id": new_id("dp", 24),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": scope.now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": dict.fromkeys(EVIDENCE) | {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": scope.now + ANSWER_WITHIN,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": _method(charge),
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }


def _method(charge: Json) -> Json:
    details = charge["payment_method_details"]
    if details["type"] != "card":
        return {"type": details["type"]}
    brand = details["card"]["brand"]
    card = {
        "brand": brand,
        "case_type": "chargeback",
        "network": brand,
        "network_reason_code": "10.4",
    }
    return {"card": card, "type": "card"}


def _book(scope: Scope, doc: Doc, amount: int, fee: int) -> None:
    currency = doc.body["currency"]
    details = ledger.stripe_fee(scope, 0, currency) | {"amount": fee, "description": "Dispute fee"}
    what = "Chargeback withdrawal" if amount < 0 else "Chargeback reversal"
    txn = ledger.record(
        scope, "adjustment", amount, currency, doc.id,
        fees=[details] if fee else [],
        description=f"{what} for {doc.body['charge']}",
        category="dispute" if amount < 0 else "dispute_reversal",
    )  # fmt: skip
    doc.body["balance_transactions"].append(txn.body)


def win(scope: Scope, doc: Doc) -> None:
    """Decided for the seller: the money comes back."""
    _check_open(doc)
    before = {"status": doc.body["status"]}
    inquiry = doc.hidden["inquiry"]
    _close(scope, doc, "warning_closed" if inquiry else "won")
    if not inquiry:
        _book(scope, doc, doc.body["amount"], -DISPUTE_FEE)
        scope.save(doc)
        events.emit(scope, "charge.dispute.funds_reinstated", doc.body, before)
    _set_refundable(scope, doc)
    events.emit(scope, "charge.dispute.closed", doc.body, before)


def lose(scope: Scope, doc: Doc) -> None:
    """Decided for the buyer: the money stays gone."""
    _check_open(doc)
    before = {"status": doc.body["status"]}
    _close(scope, doc, "warning_closed" if doc.hidden["inquiry"] else "lost")
    if doc.hidden["inquiry"]:
        _set_refundable(scope, doc)
    events.emit(scope, "charge.dispute.closed", doc.body, before)


def _check_open(doc: Doc) -> None:
    if doc.body["status"] not in OPEN:
        raise conflict(f"This dispute is already closed (status: {doc.body['status']}).")


def _close(scope: Scope, doc: Doc, status: str) -> None:
    timers.stop(scope, "dispute_due", doc.id)
    doc.body["status"] = status
    scope.save(doc)


def _set_refundable(scope: Scope, doc: Doc) -> None:
    """The charge can be refunded again once nobody disputes it any more."""
    charge = scope.get("charge", doc.body["charge"])
    charge.hidden["refundable_dispute"] = True
    scope.save(charge)


@timers.on("dispute_due")
def _unanswered(scope: Scope, dispute_id: str) -> None:
    doc = scope.store.find(dispute_id, kind="dispute")
    if doc is not None and doc.body["status"] in {"needs_response", "warning_needs_response"}:
        doc.body["evidence_details"]["past_due"] = True
        lose(scope.of(doc.account), doc)


# the API


def _dispute(call: Call) -> Doc:
    return call.get("dispute", call.path["dispute"])


def retrieve(call: Call) -> Json:
    return _dispute(call).body


def list_all(call: Call) -> Json:
    only = Filter().created(call.param("created"))
    only.field("charge", call.param("charge")).field("payment_intent", call.param("payment_intent"))
    return page(call, "dispute", "/v1/disputes", only)


def update(call: Call) -> Json:
    """Takes evidence, and hands it in unless `submit` is false."""
    doc = _dispute(call)
    _check_open(doc)
    before = {"status": doc.body["status"]}
    if "metadata" in call.params:
        doc.body["metadata"] = merged_metadata(doc.body["metadata"], call.param("metadata"))
    evidence = call.param("evidence") or {}
    if evidence:
        doc.body["evidence"] |= {name: value or None for name, value in evidence.items()}
        doc.body["evidence_details"]["has_evidence"] = True
    if evidence and call.param("submit", True):
        _submit(doc)
    call.save(doc)
    events.emit(call, "charge.dispute.updated", doc.body, before)
    _decide(call, doc, evidence.get("uncategorized_text"))
    return doc.body


def _submit(doc: Doc) -> None:
    doc.body["evidence_details"]["submission_count"] += 1
    doc.body["evidence_details"]["submission_method"] = "manual"
    doc.body["status"] = "warning_under_review" if doc.hidden["inquiry"] else "under_review"


def _decide(call: Call, doc: Doc, text: str | None) -> None:
    if doc.body["status"] in {"under_review", "warning_under_review"}:
        if text == WINNING:
            win(call, doc)
        elif text == LOSING:
            lose(call, doc)


def close(call: Call) -> Json:
    """Gives in: the dispute is lost."""
    doc = _dispute(call)
    lose(call, doc)
    return doc.body
