"""Customers, as far as Checkout Sessions name them."""

from sandbox.stripe import events
from sandbox.stripe.checkout.rules import check_email
from sandbox.stripe.context import Call
from sandbox.stripe.errors import no_such, not_simulated
from sandbox.stripe.ids import new_id, token
from sandbox.stripe.metadata import merged_metadata
from sandbox.stripe.paging import Filter, page
from sandbox.stripe.store import Doc, Json

TAKEN = (
    "address",
    "business_name",
    "description",
    "email",
    "individual_name",
    "name",
    "phone",
    "preferred_locales",
    "shipping",
)


def create(call: Call) -> Json:
    customer_id = new_id("cus", 14)
    body: Json = {
        "id": customer_id,
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": call.now,
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": token(8).upper(),
        "invoice_settings": dict.fromkeys(
            ("custom_fields", "default_payment_method", "footer", "rendering_options")
        ),
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    _apply(call, body)
    events.emit(call, "customer.created", call.add(body).body)
    return body


def _apply(call: Call, body: Json) -> None:
    for name in call.params:
        if name not in {*TAKEN, "metadata", "expand"}:
            raise not_simulated(f"the parameter {name} of a customer", name)
    if call.param("email"):
        check_email(call.param("email"), "email")
    body |= {name: call.param(name) or None for name in TAKEN if name in call.params}
    if "metadata" in call.params:
        body["metadata"] = merged_metadata(body["metadata"], call.param("metadata"))


def _customer(call: Call) -> Doc:
    doc = call.get("customer", call.path["customer"])
    if doc.hidden.get("deleted"):
        raise no_such("customer", doc.id, "id")
    return doc


def retrieve(call: Call) -> Json:
    doc = call.get("customer", call.path["customer"])
    if doc.hidden.get("deleted"):
        return {"id": doc.id, "object": "customer", "deleted": True}
    return doc.body


def update(call: Call) -> Json:
    doc = _customer(call)
    before = dict(doc.body)
    _apply(call, doc.body)
    call.save(doc)
    events.emit(call, "customer.updated", doc.body, events.changes(before, doc.body))
    return doc.body


def delete(call: Call) -> Json:
    doc = _customer(call)
    doc.hidden["deleted"] = True
    call.save(doc)
    events.emit(call, "customer.deleted", doc.body)
    return {"id": doc.id, "object": "customer", "deleted": True}


def list_all(call: Call) -> Json:
    only = Filter().created(call.param("created")).field("email", call.param("email"))
    only.add("json_extract(hidden, '$.deleted') IS NULL")
    return page(call, "customer", "/v1/customers", only)
