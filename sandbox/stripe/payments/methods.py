"""Payment methods: the card or bank account that a buyer pays with."""

from dataclasses import dataclass
from typing import Any

from sandbox.stripe.context import Scope
from sandbox.stripe.ids import new_id
from sandbox.stripe.store import Json

DEBITS = {
    "eur": "sepa_debit",
    "usd": "us_bank_account",
    "gbp": "bacs_debit",
    "aud": "au_becs_debit",
}


@dataclass(frozen=True)
class Payer:
    """What the hosted page asks of a buyer, beside the means of payment."""

    email: str | None
    name: str | None = None
    country: str = "DE"

    @property
    def billing(self) -> Json:
        empty = dict.fromkeys(("city", "line1", "line2", "postal_code", "state"))
        return {
            "address": empty | {"country": self.country},
            "email": self.email,
            "name": self.name,
            "phone": None,
            "tax_id": None,
        }


CHECKS = {
    "address_line1_check": None,
    "address_postal_code_check": None,
    "cvc_check": "pass",
}


def add_card(scope: Scope, payer: Payer, last4: str = "4242", brand: str = "visa") -> Json:
    card = _card(last4, brand) | {
        "display_brand": brand,
        "generated_from": None,
        "networks": {"available": [brand], "preferred": None},
        "three_d_secure_usage": {"supported": True},
        "checks": CHECKS,
    }
    return _add(scope, "card", card, payer)


def add_debit(scope: Scope, payer: Payer, currency: str) -> Json:
    kind = DEBITS.get(currency, "sepa_debit")
    return _add(scope, kind, {"last4": "3000", "fingerprint": "3JiTdAXTbAxn2Yyd"}, payer)


def _add(scope: Scope, kind: str, details: Json, payer: Payer) -> Json:
    body: Json = {
        "id": new_id("pm", 24),
        "object": "payment_method",
        "allow_redisplay": "limited",
        "billing_details": payer.billing,
        kind: details,
        "created": scope.now,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": kind,
    }
    return scope.add(body).body


def _card(last4: str, brand: str) -> Json:
    return {
        "brand": brand,
        "country": "US",
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": "Xt5EWLLDS7FJjR1c",
        "funding": "credit",
        "last4": last4,
        "regulated_status": "unregulated",
        "wallet": None,
    }


def on_charge(method: Json, amount: int, *, authenticated: bool = False) -> Json:
    """`payment_method_details` of a charge."""
    kind = method["type"]
    if kind != "card":
        return {kind: method[kind] | {"mandate": None}, "type": kind}
    card = method["card"]
    secure: Any = None
    if authenticated:
        secure = {
            "authentication_flow": "challenge",
            "electronic_commerce_indicator": "05",
            "exemption_indicator": None,
            "exemption_indicator_applied": False,
            "result": "authenticated",
            "result_reason": None,
            "transaction_id": new_id("3ds", 12),
            "version": "2.2.0",
        }
    shown = _card(card["last4"], card["brand"]) | {
        "amount_authorized": amount,
        "authorization_code": "123456",
        "checks": card["checks"],
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card["brand"],
        "network_token": {"used": False},
        "network_transaction_id": "101712345678901",
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "three_d_secure": secure,
    }
    return {"card": shown, "type": "card"}
