"""PaymentIntents that are made and confirmed without a page."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.contract.outside import Sandbox, error_of
from tests.contract.test_checkout import events_of

NO_REDIRECTS = {"enabled": True, "allow_redirects": "never"}


def make(sandbox: Sandbox, account: str, **params: Any) -> stripe.PaymentIntent:
    wanted = {"amount": 2500, "currency": "eur", "automatic_payment_methods": NO_REDIRECTS}
    return sandbox.client.v1.payment_intents.create(
        {**wanted, **params},  # type: ignore[typeddict-item]
        {"stripe_account": account},
    )


def test_an_intent_is_confirmed_at_once(sandbox: Sandbox, seller: str) -> None:
    intent = make(
        sandbox, seller, payment_method="pm_card_visa", confirm=True, application_fee_amount=25
    )
    assert (intent.status, intent.amount_received) == ("succeeded", 2500)
    charge = sandbox.client.v1.charges.retrieve(
        str(intent.latest_charge), {}, {"stripe_account": seller}
    )
    assert (charge.paid, charge.application_fee_amount) == (True, 25)
    assert events_of(sandbox, seller) == [
        "payment_intent.created",
        "charge.succeeded",
        "charge.updated",
        "payment_intent.succeeded",
    ]


def test_an_intent_is_confirmed_later(sandbox: Sandbox, seller: str) -> None:
    intents = sandbox.client.v1.payment_intents
    options: stripe.RequestOptions = {"stripe_account": seller}
    intent = make(sandbox, seller)
    assert intent.status == "requires_payment_method"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        intents.confirm(intent.id, {}, options)
    assert refused.value.param == "payment_method"
    done = intents.confirm(intent.id, {"payment_method": "pm_card_visa"}, options)
    assert done.status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError) as again:
        intents.confirm(intent.id, {}, options)
    assert again.value.code == "payment_intent_unexpected_state"


def test_a_declined_card_is_a_card_error_that_leaves_its_trace(
    sandbox: Sandbox, seller: str
) -> None:
    with pytest.raises(stripe.CardError) as declined:
        make(
            sandbox,
            seller,
            payment_method="pm_card_chargeDeclinedInsufficientFunds",
            confirm=True,
        )
    error = declined.value
    assert (error.http_status, error.code) == (402, "card_declined")
    told = error_of(error)
    assert told["decline_code"] == "insufficient_funds"
    assert told["payment_intent"]["status"] == "requires_payment_method"
    charge = sandbox.client.v1.charges.retrieve(told["charge"], {}, {"stripe_account": seller})
    assert (charge.status, charge.failure_code) == ("failed", "card_declined")


def test_an_intent_is_cancelled(sandbox: Sandbox, seller: str) -> None:
    intents = sandbox.client.v1.payment_intents
    options: stripe.RequestOptions = {"stripe_account": seller}
    intent = make(sandbox, seller)
    canceled = intents.cancel(intent.id, {"cancellation_reason": "abandoned"}, options)
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
        intents.cancel(intent.id, {}, options)


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"amount": 49}, "amount_too_small", "amount"),
        ({"amount": 100_000_000}, "amount_too_large", "amount"),
        ({"amount": 0}, "parameter_invalid_integer", "amount"),
        ({"currency": "xyz"}, None, "currency"),
        ({"payment_method": "pm_none"}, "resource_missing", "payment_method"),
        ({"capture_method": "manual"}, "sandbox_not_simulated", None),
        ({"payment_method_types": ["card"]}, "parameter_unknown", "payment_method_types"),
        ({"application_fee_amount": 2500}, None, "application_fee_amount"),
    ],
)
def test_an_intent_is_refused(
    sandbox: Sandbox, seller: str, change: dict[str, Any], code: str | None, param: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        make(sandbox, seller, **change)
    assert (refused.value.code, refused.value.param) == (code, param)
    listed = sandbox.client.v1.payment_intents.list({}, {"stripe_account": seller})
    assert listed.data == []


def test_methods_that_redirect_need_somewhere_to_return_to(sandbox: Sandbox, seller: str) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="you must provide a `return_url`"):
        make(
            sandbox,
            seller,
            payment_method="pm_card_visa",
            confirm=True,
            automatic_payment_methods={"enabled": True},
        )
