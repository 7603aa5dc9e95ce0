"""What Stripe refuses, one row each: the request, and status, code and param of the answer."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.contract.outside import Sandbox

ITEM = "line_items[0]"
PRICE = f"{ITEM}[price_data]"
GOOD = {
    "mode": "payment",
    f"{PRICE}[currency]": "eur",
    f"{PRICE}[unit_amount]": "4500",
    f"{PRICE}[product_data][name]": "Floor",
    f"{ITEM}[quantity]": "2",
    "success_url": "https://shop.example/done",
}
DROP = None
NO_ITEMS = dict.fromkeys(name for name in GOOD if name.startswith(ITEM))
FEE = "payment_intent_data[application_fee_amount]"
INTEGER, MISSING, UNKNOWN = (
    "parameter_invalid_integer",
    "parameter_missing",
    "parameter_unknown",
)
EMPTY = "parameter_invalid_empty"
NOT_SIMULATED = "sandbox_not_simulated"

SESSIONS: list[tuple[dict[str, str | None], str | None, str | None]] = [
    # what is changed in a good request, the error's code, the error's param
    ({"mode": DROP}, MISSING, "mode"),
    ({"mode": "gift"}, None, "mode"),
    ({"mode": ""}, EMPTY, "mode"),
    ({"mode": "subscription"}, NOT_SIMULATED, "mode"),
    ({"success_url": DROP}, MISSING, "success_url"),
    ({"success_url": "shop.example/done"}, "url_invalid", "success_url"),
    ({"success_url": "javascript:alert(1)"}, "url_invalid", "success_url"),
    ({"cancel_url": "/cart"}, "url_invalid", "cancel_url"),
    ({"cancel_url": "https://shop.example/a b"}, "url_invalid", "cancel_url"),
    ({"return_url": "https://shop.example"}, None, "return_url"),
    ({"ui_mode": "elements"}, NOT_SIMULATED, "ui_mode"),
    ({"ui_mode": "hosted"}, None, "ui_mode"),
    ({"colour": "red"}, UNKNOWN, "colour"),
    ({"payment_method_types[0]": "card"}, UNKNOWN, "payment_method_types"),
    ({f"{ITEM}[name]": "Floor"}, UNKNOWN, f"{ITEM}[name]"),
    ({f"{PRICE}[product_data][colour]": "red"}, UNKNOWN, f"{PRICE}[product_data][colour]"),
    ({"payment_intent_data[fee]": "1"}, UNKNOWN, "payment_intent_data[fee]"),
    ({f"{PRICE}[currency]": DROP}, MISSING, f"{PRICE}[currency]"),
    ({f"{PRICE}[currency]": "xyz"}, None, f"{PRICE}[currency]"),
    ({f"{PRICE}[unit_amount]": DROP}, MISSING, f"{PRICE}[unit_amount]"),
    ({f"{PRICE}[unit_amount]": "12.50"}, INTEGER, f"{PRICE}[unit_amount]"),
    ({f"{PRICE}[unit_amount]": "lots"}, INTEGER, f"{PRICE}[unit_amount]"),
    ({f"{PRICE}[unit_amount]": "-1"}, INTEGER, f"{PRICE}[unit_amount]"),
    ({f"{PRICE}[unit_amount]": "24"}, "amount_too_small", None),
    ({f"{PRICE}[unit_amount]": "50000000"}, "amount_too_large", None),
    ({f"{PRICE}[unit_amount_decimal]": "4500.5"}, None, PRICE),
    ({f"{PRICE}[product_data][name]": DROP}, MISSING, f"{PRICE}[product_data]"),
    ({f"{PRICE}[product_data][name]": ""}, EMPTY, f"{PRICE}[product_data][name]"),
    ({f"{PRICE}[product]": "prod_none"}, None, PRICE),
    ({f"{PRICE}[recurring][interval]": "month"}, None, f"{PRICE}[recurring]"),
    ({f"{ITEM}[price]": "price_none"}, None, f"{ITEM}[price]"),
    ({f"{ITEM}[quantity]": DROP}, MISSING, f"{ITEM}[quantity]"),
    ({f"{ITEM}[quantity]": "0"}, INTEGER, f"{ITEM}[quantity]"),
    ({f"{ITEM}[quantity]": "-2"}, INTEGER, f"{ITEM}[quantity]"),
    ({f"{ITEM}[quantity]": "1.5"}, INTEGER, f"{ITEM}[quantity]"),
    ({"line_items": "all"} | NO_ITEMS, None, "line_items"),
    (NO_ITEMS, MISSING, "line_items"),
    ({"expires_at": "soon"}, INTEGER, "expires_at"),
    ({"expires_at": "1000000000"}, None, "expires_at"),
    ({"expires_at": "9999999999"}, None, "expires_at"),
    ({"customer_email": "nobody"}, "email_invalid", "customer_email"),
    ({"customer": "cus_none"}, "resource_missing", "customer"),
    ({"client_reference_id": "x" * 201}, "parameter_invalid_string", "client_reference_id"),
    ({"custom_text[submit][message]": "x" * 1201}, None, "custom_text[submit][message]"),
    ({"custom_text[footer][message]": "x"}, UNKNOWN, "custom_text[footer]"),
    ({"locale": "tlh"}, None, "locale"),
    ({"allow_promotion_codes": "maybe"}, None, "allow_promotion_codes"),
    ({"allow_promotion_codes": "true"}, NOT_SIMULATED, "allow_promotion_codes"),
    ({"automatic_tax[enabled]": "true"}, NOT_SIMULATED, "automatic_tax"),
    ({"phone_number_collection[enabled]": "true"}, NOT_SIMULATED, "phone_number_collection"),
    ({"metadata[" + "k" * 41 + "]": "v"}, None, "metadata[" + "k" * 41 + "]"),
    ({"metadata[k]": "v" * 501}, None, "metadata[k]"),
    ({f"metadata[k{i}]": "v" for i in range(51)}, None, "metadata"),
    ({"metadata": "words"}, None, "metadata"),
    ({FEE: "-1"}, INTEGER, FEE),
    ({FEE: "0"}, INTEGER, FEE),
    ({FEE: "9000"}, None, FEE),
    ({FEE: "9001"}, None, FEE),
    ({FEE: "0.5"}, INTEGER, FEE),
    ({"payment_intent_data[receipt_email]": "x"}, "email_invalid", None),
    ({"payment_intent_data[statement_descriptor_suffix]": "*" * 5}, None, None),
    ({"payment_intent_data[transfer_data][destination]": "acct_1"}, NOT_SIMULATED, None),
    ({"allowed_payment_method_types[0]": "alipay"}, None, None),
    ({"allowed_payment_method_types[0]": "gold"}, None, "allowed_payment_method_types[0]"),
    ({"expand[0]": "customers"}, None, "expand"),
    ({"expand": "customer"}, None, "expand"),
]


@pytest.fixture(scope="module")
def account(sandbox: Sandbox) -> str:
    return sandbox.seller()


@pytest.mark.parametrize(("change", "code", "param"), SESSIONS)
def test_a_checkout_session_is_refused(
    sandbox: Sandbox,
    account: str,
    change: dict[str, str | None],
    code: str | None,
    param: str | None,
) -> None:
    fields = {name: value for name, value in (GOOD | change).items() if value is not None}
    form = "&".join(f"{name}={quote(value)}" for name, value in fields.items())
    answer = sandbox.api("POST", "/v1/checkout/sessions", form, Stripe_Account=account)
    assert answer.status == 400, answer.text
    assert answer.error["type"] == "invalid_request_error"
    if code is not None:
        assert answer.error["code"] == code
    if param is not None:
        assert answer.error["param"] == param
    assert _open_sessions(sandbox, account) == []


def _open_sessions(sandbox: Sandbox, account: str) -> list[str]:
    listed = sandbox.api("GET", "/v1/checkout/sessions?status=open", Stripe_Account=account)
    return [session["id"] for session in listed.json["data"]]


OTHERS = [
    # method, path, form, status, code, param
    ("POST", "/v1/refunds", "", 400, MISSING, "payment_intent"),
    ("POST", "/v1/refunds", "payment_intent=pi_none", 400, "resource_missing", "payment_intent"),
    ("POST", "/v1/refunds", "charge=ch_none", 400, "resource_missing", "charge"),
    ("POST", "/v1/refunds", "charge=ch_1&reason=because", 400, None, "reason"),
    ("POST", "/v1/refunds", "charge=ch_1&amount=ten", 400, INTEGER, "amount"),
    ("POST", "/v1/accounts", "type=gold", 400, None, "type"),
    ("POST", "/v1/accounts", "type=express&country=XX", 400, "country_unsupported", "country"),
    ("POST", "/v1/accounts", "type=express&email=x", 400, "email_invalid", "email"),
    (
        "POST", "/v1/accounts", "type=express&controller[fees][payer]=account",
        400, None, "controller",
    ),
    (
        "POST", "/v1/accounts", "controller[losses][payments]=application",
        400, None, "controller[fees][payer]",
    ),
    (
        "POST", "/v1/accounts", "controller[stripe_dashboard][type]=express",
        400, None, "controller[stripe_dashboard][type]",
    ),
    (
        "POST", "/v1/accounts", "type=express&capabilities[card_payments][wanted]=true",
        400, UNKNOWN, "capabilities[card_payments][wanted]",
    ),
    ("POST", "/v1/account_links", "type=account_onboarding", 400, MISSING, "account"),
    ("POST", "/v1/account_links", "account=acct_1&type=x", 400, None, "type"),
    (
        "POST", "/v1/account_links", "account=acct_none&type=account_onboarding",
        403, "account_invalid", None,
    ),
    ("POST", "/v1/webhook_endpoints", "enabled_events[]=*", 400, MISSING, "url"),
    ("POST", "/v1/webhook_endpoints", "url=https://x.example", 400, MISSING, "enabled_events"),
    (
        "POST", "/v1/webhook_endpoints", "url=https://x.example&enabled_events[]=sun.rises",
        400, None, "enabled_events[0]",
    ),
    (
        "POST", "/v1/webhook_endpoints", "url=ftp://x.example&enabled_events[]=*",
        400, "url_invalid", "url",
    ),
    ("GET", "/v1/charges?limit=0", None, 400, INTEGER, "limit"),
    ("GET", "/v1/charges?limit=101", None, 400, INTEGER, "limit"),
    ("GET", "/v1/charges?starting_after=ch_none", None, 400, "resource_missing", "starting_after"),
    ("GET", "/v1/charges?colour=red", None, 400, UNKNOWN, "colour"),
    ("GET", "/v1/events?type=a&types[]=b", None, 400, None, "types"),
    ("GET", "/v1/checkout/sessions/cs_none", None, 404, "resource_missing", "session"),
    ("POST", "/v1/checkout/sessions/cs_none/expire", "", 404, "resource_missing", "session"),
    ("GET", "/v1/payment_intents/pi_none", None, 404, "resource_missing", "intent"),
    ("GET", "/v1/refunds/re_none", None, 404, "resource_missing", "id"),
    ("GET", "/v1/disputes/dp_none", None, 404, "resource_missing", "id"),
    ("GET", "/v1/events/evt_none", None, 404, "resource_missing", "id"),
    ("POST", "/v1/payouts", "amount=100", 400, MISSING, "currency"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "form", "status", "code", "param"), OTHERS)
def test_a_request_is_refused(
    sandbox: Sandbox,
    method: str,
    path: str,
    form: str | None,
    status: int,
    code: str | None,
    param: str | None,
) -> None:
    answer = sandbox.api(method, path, form)
    assert answer.status == status, answer.text
    assert answer.error.get("code") == code
    assert answer.error.get("param") == param


def test_an_application_fee_needs_a_connected_account(sandbox: Sandbox) -> None:
    form = "&".join(f"{name}={quote(value)}" for name, value in (GOOD | {FEE: "90"}).items())
    answer = sandbox.api("POST", "/v1/checkout/sessions", form)
    assert answer.status == 400
    assert answer.error["param"] == FEE
    assert answer.error["message"].startswith("Can only apply an application_fee_amount when")


def test_what_is_turned_off_need_not_be_simulated(sandbox: Sandbox, account: str) -> None:
    off = {
        "allow_promotion_codes": "false",
        "automatic_tax[enabled]": "false",
        "invoice_creation[enabled]": "false",
        "phone_number_collection[enabled]": "false",
    }
    form = "&".join(f"{name}={quote(value)}" for name, value in (GOOD | off).items())
    answer = sandbox.api("POST", "/v1/checkout/sessions", form, Stripe_Account=account)
    assert answer.status == 200
    sandbox.api("POST", f"/v1/checkout/sessions/{answer.json['id']}/expire", Stripe_Account=account)


def test_a_name_that_is_nearly_right_is_suggested(sandbox: Sandbox) -> None:
    answer = sandbox.api("POST", "/v1/refunds", "payment_inten=pi_1")
    assert (
        answer.error["message"]
        == "Received unknown parameter: payment_inten. Did you mean payment_intent?"
    )


def test_several_unknown_names_are_told_at_once(sandbox: Sandbox) -> None:
    answer = sandbox.api("POST", "/v1/refunds", "colour=red&size=big")
    assert answer.error["message"] == "Received unknown parameters: colour, size"
