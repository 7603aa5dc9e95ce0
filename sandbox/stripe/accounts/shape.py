"""How an account looks."""

import copy

from sandbox.stripe.paging import listing
from sandbox.stripe.store import Json
from sandbox.stripe.words import words

EURO = words("AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK")
OTHERS = words(
    "US:usd GB:gbp CH:chf DK:dkk SE:sek NO:nok PL:pln CZ:czk HU:huf RO:ron CA:cad AU:aud NZ:nzd",
    "JP:jpy SG:sgd HK:hkd MX:mxn BR:brl IN:inr MY:myr TH:thb AE:aed LI:chf GI:gbp",
)
CURRENCIES = dict.fromkeys(EURO, "eur") | dict(pair.split(":") for pair in OTHERS)


def new_account(
    account_id: str, kind: str, controller: Json | None, country: str, now: int
) -> Json:
    body: Json = {
        "id": account_id,
        "object": "account",
        "business_profile": dict.fromkeys(PROFILE),
        "business_type": None,
        "capabilities": {},
        "charges_enabled": False,
        "country": country,
        "created": now,
        "default_currency": CURRENCIES[country],
        "details_submitted": False,
        "email": None,
        "external_accounts": listing([], f"/v1/accounts/{account_id}/external_accounts"),
        "metadata": {},
        "payouts_enabled": False,
        "settings": copy.deepcopy(SETTINGS),
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
        "type": kind,
    }
    return body | {"controller": controller or {"type": "account"}}


PROFILE = (
    "annual_revenue",
    "estimated_worker_count",
    "mcc",
    "minority_owned_business_designation",
    "name",
    "product_description",
    "support_address",
    "support_email",
    "support_phone",
    "support_url",
    "url",
)
SETTINGS: Json = {
    "bacs_debit_payments": {"display_name": None, "service_user_number": None},
    "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
    "card_issuing": {"tos_acceptance": {"date": None, "ip": None}},
    "card_payments": {
        "decline_on": {"avs_failure": False, "cvc_failure": False},
        "statement_descriptor_prefix": None,
        "statement_descriptor_prefix_kana": None,
        "statement_descriptor_prefix_kanji": None,
    },
    "dashboard": {"display_name": None, "timezone": "Etc/UTC"},
    "invoices": {"default_account_tax_ids": None},
    "payments": {
        "statement_descriptor": None,
        "statement_descriptor_kana": None,
        "statement_descriptor_kanji": None,
    },
    "payouts": {
        "debit_negative_balances": True,
        "schedule": {"delay_days": 2, "interval": "daily"},
        "statement_descriptor": None,
    },
    "sepa_debit_payments": {},
}


def bank_account(account_id: str, bank_id: str, country: str, currency: str) -> Json:
    return {
        "id": bank_id,
        "object": "bank_account",
        "account": account_id,
        "account_holder_name": None,
        "account_holder_type": None,
        "account_type": None,
        "available_payout_methods": ["standard"],
        "bank_name": "STRIPE TEST BANK",
        "country": country,
        "currency": currency,
        "default_for_currency": True,
        "fingerprint": "1JWtPxqbdX5Gamtc",
        "future_requirements": _nothing_due(),
        "last4": "6789",
        "metadata": {},
        "requirements": _nothing_due(),
        "routing_number": "110000000",
        "status": "new",
    }


def _nothing_due() -> Json:
    return {"currently_due": [], "errors": [], "past_due": [], "pending_verification": []}
