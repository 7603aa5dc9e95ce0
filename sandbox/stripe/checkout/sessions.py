"""The Checkout Sessions of the API."""

from sandbox.stripe import timers
from sandbox.stripe.checkout import items, lifecycle, rules
from sandbox.stripe.context import Call
from sandbox.stripe.errors import conflict, invalid, not_simulated
from sandbox.stripe.ids import token
from sandbox.stripe.metadata import merged_metadata
from sandbox.stripe.paging import Filter, page, page_of
from sandbox.stripe.store import Json

ECHOED = (
    "billing_address_collection",
    "client_reference_id",
    "integration_identifier",
    "locale",
    "origin_context",
    "submit_type",
)


def create(call: Call) -> Json:
    rules.check_shape(call)
    lines = items.read_items(call)
    currency = lines[0]["currency"]
    total = sum(line["amount_total"] for line in lines)
    rules.check_total(call, total, currency)
    kinds = rules.method_types(call, currency)
    session_id = f"cs_test_a1{token(58)}"
    body = _body(call, session_id, total, currency) | {"payment_method_types": kinds}
    hidden = {"line_items": lines, "payment_intent_data": _intent_data(call)}
    call.add(body, hidden)
    timers.start(call, "session_expires", session_id, body["expires_at"])
    return body


def _intent_data(call: Call) -> Json:
    data = dict(call.param("payment_intent_data") or {})
    data["metadata"] = merged_metadata({}, data.get("metadata", {}))
    return data


def _body(call: Call, session_id: str, total: int, currency: str) -> Json:
    customer = call.param("customer")
    email = call.param("customer_email")
    texts = call.param("custom_text") or {}
    places = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
    body: Json = {
        "id": session_id,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": None,
        "allowed_payment_method_types": call.param("allowed_payment_method_types"),
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "branding_settings": lifecycle.branding(call, call.param("branding_settings") or {}),
        "cancel_url": call.param("cancel_url"),
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": call.now,
        "currency": currency,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {place: texts.get(place) or None for place in places},
        "customer": customer,
        "customer_account": None,
        "customer_creation": None if customer else call.param("customer_creation", "if_required"),
        "customer_details": _details(call, email, customer),
        "customer_email": email,
        "discounts": [],
        "excluded_payment_method_types": call.param("excluded_payment_method_types"),
        "expires_at": call.param("expires_at", call.now + rules.MOST_LIFE),
        "invoice": None,
        "invoice_creation": _invoice_creation(),
        "livemode": False,
        "managed_payments": {"enabled": False},
        "metadata": merged_metadata({}, call.param("metadata", {})),
        "mode": "payment",
        "optional_items": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": call.param("payment_method_collection", "if_required"),
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_status": "unpaid" if total else "no_payment_required",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "subscription": None,
        "success_url": call.param("success_url"),
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{call.public_url}/c/pay/{session_id}",
        "wallet_options": None,
    }
    return body | {name: call.param(name) for name in ECHOED}


def _details(call: Call, email: str | None, customer: str | None) -> Json | None:
    if customer:
        email = call.get("customer", customer).body["email"]
    return lifecycle.customer_details(email) if email else None


def _invoice_creation() -> Json:
    empty = (
        "account_tax_ids",
        "custom_fields",
        "description",
        "footer",
        "issuer",
        "rendering_options",
    )
    return {"enabled": False, "invoice_data": dict.fromkeys(empty) | {"metadata": {}}}


def retrieve(call: Call) -> Json:
    return call.get("checkout.session", call.path["session"], "session").body


def list_all(call: Call) -> Json:
    if call.param("subscription") or call.param("payment_link"):
        raise not_simulated("payment links and subscriptions")
    only = Filter().created(call.param("created"))
    for name in ("customer", "payment_intent", "status"):
        only.field(name, call.param(name))
    email = (call.param("customer_details") or {}).get("email")
    only.field("customer_details.email", email)
    return page(call, "checkout.session", "/v1/checkout/sessions", only)


def update(call: Call) -> Json:
    session = call.get("checkout.session", call.path["session"], "session")
    for name in ("line_items", "collected_information", "payment_intent_data"):
        if name in call.params:
            raise invalid(
                f"You can only update `{name}` of Checkout Sessions whose `ui_mode` is"
                f" `elements` or"
                " `embedded_page`.",
                name,
            )
    if call.param("shipping_options"):
        raise not_simulated("the parameter shipping_options", "shipping_options")
    if "metadata" in call.params:
        session.body["metadata"] = merged_metadata(session.body["metadata"], call.param("metadata"))
    call.save(session)
    return session.body


def expire(call: Call) -> Json:
    session = call.get("checkout.session", call.path["session"], "session")
    status = session.body["status"]
    if status != "open":
        raise conflict(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session'
            f" has a status of `{status}`."
        )
    lifecycle.expire(call, session)
    return session.body


def line_items(call: Call) -> Json:
    session = call.get("checkout.session", call.path["session"], "session")
    return page_of(
        call, session.hidden["line_items"], f"/v1/checkout/sessions/{session.id}/line_items"
    )
