"""The PaymentIntents of the API."""

from sandbox.stripe.context import Call
from sandbox.stripe.errors import conflict, not_simulated
from sandbox.stripe.metadata import merged_metadata
from sandbox.stripe.paging import Filter, page
from sandbox.stripe.payments import intents
from sandbox.stripe.store import Doc, Json

UPDATABLE = {
    "description",
    "metadata",
    "receipt_email",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
    "expand",
}
CANCELABLE = {
    "requires_payment_method",
    "requires_capture",
    "requires_confirmation",
    "requires_action",
}


def _intent(call: Call) -> Doc:
    return call.get("payment_intent", call.path["intent"], "intent")


def retrieve(call: Call) -> Json:
    return _intent(call).body


def list_all(call: Call) -> Json:
    only = Filter().created(call.param("created")).field("customer", call.param("customer"))
    return page(call, "payment_intent", "/v1/payment_intents", only)


def update(call: Call) -> Json:
    doc = _intent(call)
    for name in call.params:
        if name not in UPDATABLE:
            raise not_simulated(f"changing {name} of a PaymentIntent", name)
    if "metadata" in call.params:
        doc.body["metadata"] = merged_metadata(doc.body["metadata"], call.param("metadata"))
    for name in UPDATABLE - {"metadata", "expand"}:
        if name in call.params:
            doc.body[name] = call.param(name) or None
    call.save(doc)
    return doc.body


def cancel(call: Call) -> Json:
    doc = _intent(call)
    if doc.hidden.get("session"):
        raise conflict(
            "You cannot cancel this PaymentIntent because it was created by a Checkout Session."
            " Expire the"
            " Checkout Session instead.",
            code="payment_intent_unexpected_state",
        )
    if doc.body["status"] not in CANCELABLE:
        raise conflict(
            "You cannot cancel this PaymentIntent because it has a status of"
            f" {doc.body['status']}. Only a PaymentIntent with one of the following statuses may be"
            f" canceled: {', '.join(sorted(CANCELABLE))}.",
            code="payment_intent_unexpected_state",
        )
    intents.cancel(call, doc, call.param("cancellation_reason"))
    return doc.body
