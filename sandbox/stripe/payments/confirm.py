"""PaymentIntents that a program makes and confirms by itself, with Stripe's test cards."""

from sandbox.stripe import money
from sandbox.stripe.accounts.capabilities import can_charge
from sandbox.stripe.checkout.rules import check_application_fee, check_email, check_suffix
from sandbox.stripe.context import Call
from sandbox.stripe.errors import ApiError, conflict, invalid, missing, no_such, not_simulated
from sandbox.stripe.metadata import merged_metadata
from sandbox.stripe.paging import check_range
from sandbox.stripe.payments import charges, intents, methods
from sandbox.stripe.payments.methods import Payer
from sandbox.stripe.store import Doc, Json
from sandbox.stripe.urls import check_url

TAKEN = {
    "amount",
    "application_fee_amount",
    "automatic_payment_methods",
    "capture_method",
    "confirm",
    "confirmation_method",
    "currency",
    "customer",
    "description",
    "expand",
    "metadata",
    "payment_method",
    "receipt_email",
    "return_url",
    "shipping",
    "statement_descriptor_suffix",
    "transfer_group",
}
# docs.stripe.com/testing: name -> last four digits, brand, reason of a decline
CARDS: dict[str, tuple[str, str, str | None]] = {
    "pm_card_visa": ("4242", "visa", None),
    "pm_card_visa_debit": ("5556", "visa", None),
    "pm_card_mastercard": ("4444", "mastercard", None),
    "pm_card_amex": ("0005", "amex", None),
    "pm_card_chargeDeclined": ("0002", "visa", "generic_decline"),
    "pm_card_visa_chargeDeclined": ("0002", "visa", "generic_decline"),
    "pm_card_chargeDeclinedInsufficientFunds": ("9995", "visa", "insufficient_funds"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": ("9995", "visa", "insufficient_funds"),
    "pm_card_chargeDeclinedExpiredCard": ("0069", "visa", "expired_card"),
    "pm_card_chargeDeclinedIncorrectCvc": ("0127", "visa", "incorrect_cvc"),
    "pm_card_chargeDeclinedProcessingError": ("0119", "visa", "processing_error"),
    "pm_card_authenticationRequired": ("3220", "visa", "authentication_required"),
}
CONFIRMABLE = {"requires_payment_method", "requires_confirmation"}


def create(call: Call) -> Json:
    for name in call.params:
        if name not in TAKEN:
            raise not_simulated(f"the parameter {name} of a PaymentIntent", name)
    if call.param("capture_method") == "manual" or call.param("confirmation_method") == "manual":
        raise not_simulated("capturing or confirming by hand")
    currency = money.currency(call.param("currency"), "currency")
    amount = call.param("amount")
    check_range(amount, 1, 999_999_999_999, "amount")
    money.check_chargeable(amount, currency, "Amount must be", "amount")
    check_application_fee(
        call, call.param("application_fee_amount"), amount, "application_fee_amount"
    )
    check_email(call.param("receipt_email"), "receipt_email")
    check_suffix(call.param("statement_descriptor_suffix"), "statement_descriptor_suffix")
    if call.param("customer"):
        call.named("customer", call.param("customer"), "customer")
    _check_card(call)
    doc = intents.open_intent(call, amount, currency, _data(call))
    if call.param("payment_method"):
        doc.body |= {"status": "requires_confirmation"}
        doc.hidden["card"] = call.param("payment_method")
        call.save(doc)
    if call.param("confirm"):
        return _confirm(call, doc)
    return doc.body


def _data(call: Call) -> Json:
    given = {name: call.param(name) for name in TAKEN if name in call.params}
    automatic = call.param("automatic_payment_methods") or {"enabled": True}
    return given | {
        "automatic_payment_methods": {"allow_redirects": "always"} | automatic,
        "metadata": merged_metadata({}, call.param("metadata", {})),
    }


def _check_card(call: Call) -> None:
    name = call.param("payment_method")
    if name and name not in CARDS:
        if name.startswith("pm_card_"):
            raise not_simulated(f"the test card {name}", "payment_method")
        raise no_such("PaymentMethod", name, "payment_method")


def confirm(call: Call) -> Json:
    doc = call.get("payment_intent", call.path["intent"], "intent")
    if doc.hidden.get("session"):
        raise conflict(
            "You cannot confirm this PaymentIntent because it was created by a Checkout Session.",
            code="payment_intent_unexpected_state",
        )
    for name in call.params:
        if name not in {"payment_method", "return_url", "receipt_email", "expand"}:
            raise not_simulated(f"the parameter {name} when confirming", name)
    _check_card(call)
    if call.param("payment_method"):
        doc.hidden["card"] = call.param("payment_method")
    return _confirm(call, doc)


def _confirm(call: Call, doc: Doc) -> Json:
    if doc.body["status"] not in CONFIRMABLE:
        after = " after being previously confirmed" if doc.body["status"] == "succeeded" else ""
        raise conflict(
            "You cannot confirm this PaymentIntent because it has a status of"
            f" {doc.body['status']}{after}.",
            code="payment_intent_unexpected_state",
        )
    if "card" not in doc.hidden:
        raise missing("payment_method")
    _check_return_url(call, doc)
    if not can_charge(call):
        raise conflict("Your account cannot currently make charges: card_payments is not active.")
    last4, brand, reason = CARDS[doc.hidden["card"]]
    method = methods.add_card(call, Payer(doc.body["receipt_email"]), last4, brand)
    if reason is None:
        intents.pay(call, doc, method)
        return doc.body
    charge = intents.decline(call, doc, method, reason)
    raise _declined(doc, charge, method, reason)


def _check_return_url(call: Call, doc: Doc) -> None:
    if call.param("return_url"):
        check_url(call.param("return_url"), "return_url")
    elif doc.body["automatic_payment_methods"]["allow_redirects"] == "always":
        raise invalid(
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard."
            " Because some of these payment methods might redirect your customer off of your page,"
            " you must provide a `return_url`. If you don't want to accept redirect-based payment"
            " methods, set `automatic_payment_methods[enabled]` to `true` and"
            " `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents"
            " and Payment Intents."
        )


def _declined(doc: Doc, charge: Doc, method: Json, reason: str) -> ApiError:
    code, message = charges.DECLINES[reason]
    return ApiError(
        message,
        status=402,
        kind="card_error",
        code=code,
        executed=True,
        keeps_effects=True,
        extra={
            "charge": charge.id,
            "decline_code": reason,
            "payment_intent": doc.body,
            "payment_method": method,
        },
    )
