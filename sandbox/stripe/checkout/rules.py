"""What Stripe refuses in the parameters of a new Checkout Session."""

import re
from typing import Any

from sandbox.stripe import money
from sandbox.stripe.accounts.capabilities import can_charge
from sandbox.stripe.context import Call
from sandbox.stripe.errors import invalid, missing, not_simulated
from sandbox.stripe.params import too_long
from sandbox.stripe.payments.methods import DEBITS
from sandbox.stripe.store import Json
from sandbox.stripe.urls import check_url
from sandbox.stripe.words import words

EMAIL = re.compile(r"^[^@\s,;<>]+@[^@\s,;<>.]+(\.[^@\s,;<>.]+)+$")
LEAST_LIFE, MOST_LIFE = 30 * 60, 24 * 3600
MOST_REFERENCE, MOST_TEXT, MOST_SUFFIX = 200, 1200, 22
# Refused unless what they ask for is nothing.
NOT_SIMULATED = words(
    "adaptive_pricing after_expiration allow_promotion_codes automatic_tax consent_collection",
    "custom_fields customer_account customer_update discounts invoice_creation managed_payments",
    "name_collection optional_items payment_method_configuration payment_method_data",
    "payment_method_options permissions phone_number_collection saved_payment_method_options",
    "setup_intent_data shipping_address_collection shipping_options subscription_data",
    "tax_id_collection wallet_options",
)
INTENT_NOT_SIMULATED = ("on_behalf_of", "setup_future_usage", "transfer_data")
TOTAL_MUST_BE = "The Checkout Session's total amount due must add up to"
NO_METHODS = (
    "No valid payment method types for this Checkout Session. Please ensure that you have"
    " activated payment"
    " methods compatible with your chosen currency in your dashboard"
    " (https://dashboard.stripe.com/settings/payments) or change the payment method types you"
    " allow."
)


def check_shape(call: Call) -> None:
    """Everything that can be refused without knowing the total."""
    _check_mode(call)
    for name in NOT_SIMULATED:
        if not _is_off(call.param(name)):
            raise not_simulated(f"the parameter {name}", name)
    _check_urls(call)
    _check_texts(call)
    _check_buyer(call)
    _check_life(call)
    _check_intent_data(call.param("payment_intent_data") or {})


def _is_off(value: Any) -> bool:
    if isinstance(value, dict | list):
        return all(_is_off(item) for item in (value.values() if isinstance(value, dict) else value))
    return value in (False, "", None)


def _check_mode(call: Call) -> None:
    mode = call.param("mode")
    if mode is None:
        raise missing("mode")
    if mode != "payment":
        raise not_simulated(f"Checkout Sessions in {mode} mode", "mode")
    if call.param("ui_mode", "hosted_page") != "hosted_page":
        raise not_simulated(f"the ui_mode {call.param('ui_mode')}", "ui_mode")


def _check_urls(call: Call) -> None:
    if "success_url" not in call.params:
        raise missing("success_url")
    check_url(call.param("success_url"), "success_url")
    if "cancel_url" in call.params:
        check_url(call.param("cancel_url"), "cancel_url")
    for name in ("return_url", "redirect_on_completion"):
        if name in call.params:
            raise invalid(f"You cannot set `{name}` if `ui_mode` is `hosted_page`.", name)


def _check_texts(call: Call) -> None:
    reference = call.param("client_reference_id")
    if reference and len(reference) > MOST_REFERENCE:
        raise too_long(reference, MOST_REFERENCE, "client_reference_id")
    for place, text in (call.param("custom_text") or {}).items():
        if text and len(text["message"]) > MOST_TEXT:
            raise too_long(text["message"], MOST_TEXT, f"custom_text[{place}][message]")


def _check_buyer(call: Call) -> None:
    if call.param("customer") and call.param("customer_email"):
        raise invalid(
            "You may only specify one of these parameters: customer, customer_email.", "customer"
        )
    if call.param("customer"):
        call.named("customer", call.param("customer"), "customer")
        if call.param("customer_creation"):
            raise invalid(
                "You may only specify one of these parameters: customer, customer_creation.",
                "customer_creation",
            )
    if call.param("customer_creation") == "always":
        raise not_simulated("the parameter customer_creation", "customer_creation")
    check_email(call.param("customer_email"), "customer_email")


def check_email(email: str | None, param: str) -> None:
    if email is not None and not EMAIL.match(email):
        raise invalid(f"Invalid email address: {email}", param, "email_invalid")


def _check_life(call: Call) -> None:
    ends = call.param("expires_at")
    if ends is None:
        return
    if ends < call.now + LEAST_LIFE:
        raise invalid(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session"
            " creation.",
            "expires_at",
        )
    if ends > call.now + MOST_LIFE:
        raise invalid(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            "expires_at",
        )


def _check_intent_data(data: Json) -> None:
    for name in INTENT_NOT_SIMULATED:
        if name in data:
            raise not_simulated(
                f"the parameter payment_intent_data[{name}]", f"payment_intent_data[{name}]"
            )
    if data.get("capture_method") == "manual":
        raise not_simulated("capturing by hand", "payment_intent_data[capture_method]")
    check_email(data.get("receipt_email"), "payment_intent_data[receipt_email]")
    check_suffix(
        data.get("statement_descriptor_suffix"), "payment_intent_data[statement_descriptor_suffix]"
    )


def check_suffix(suffix: str | None, param: str) -> None:
    if suffix is None:
        return
    if len(suffix) > MOST_SUFFIX:
        raise invalid(
            f"The statement descriptor suffix must be at most {MOST_SUFFIX} characters.",
            param,
            "invalid_statement_descriptor_suffix",
        )
    if re.search(r"[<>\\'\"*]", suffix) or not re.search(r"[A-Za-z]", suffix):
        raise invalid(
            "The statement descriptor suffix must contain a letter and none of < > \\ ' \" *.",
            param,
            "invalid_statement_descriptor_suffix",
        )


def check_total(call: Call, total: int, currency: str) -> None:
    """The sum against Stripe's limits, and the platform's share against the sum."""
    wanted = call.param("currency")
    if wanted and money.currency(wanted, "currency") != currency:
        raise invalid(
            f"The currency {wanted} is not that of the line items ({currency}).", "currency"
        )
    if total:
        money.check_chargeable(total, currency, TOTAL_MUST_BE, None)
    fee = (call.param("payment_intent_data") or {}).get("application_fee_amount")
    check_application_fee(call, fee, total, "payment_intent_data[application_fee_amount]")


def check_application_fee(call: Call, fee: int | None, total: int, param: str) -> None:
    if fee is None:
        return
    if not call.connected:
        raise invalid(
            "Can only apply an application_fee_amount when the PaymentIntent is attempting a"
            " direct payment"
            " (using an OAuth key or Stripe-Account header) or destination payment (using"
            " `transfer_data[destination]`).",
            param,
        )
    if fee < 1:
        raise invalid("Invalid positive integer", param, "parameter_invalid_integer")
    if fee >= total:
        raise invalid(
            f"The application_fee_amount ({fee}) must be less than the amount of the charge"
            f" ({total}).",
            param,
        )


def method_types(call: Call, currency: str) -> list[str]:
    """How this session can be paid; raises ApiError when there is no way."""
    kinds = ["card"] + ([DEBITS[currency]] if currency in DEBITS else [])
    allowed = call.param("allowed_payment_method_types")
    excluded = call.param("excluded_payment_method_types") or []
    kinds = [kind for kind in kinds if (not allowed or kind in allowed) and kind not in excluded]
    if not kinds or not can_charge(call):
        raise invalid(NO_METHODS)
    return kinds
