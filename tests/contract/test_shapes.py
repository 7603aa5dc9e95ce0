"""Every object the sandbox shows has the fields and types of Stripe's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from tests.contract.outside import Sandbox
from tests.contract.shapes import differences


@pytest.fixture(scope="module")
def shown() -> Iterator[dict[str, Any]]:
    sandbox = Sandbox()  # of its own, because it moves the clock
    yield one_of_each(sandbox)
    sandbox.stop()


def one_of_each(sandbox: Sandbox) -> dict[str, Any]:
    """What can be seen after a sale, a partial refund, a decline, a dispute and a payout."""
    account = sandbox.seller()
    header = {"Stripe_Account": account}
    first, second = sandbox.paid(account), sandbox.session(account)
    sandbox.control(f"/checkout/sessions/{second.id}/decline")
    refund = sandbox.client.v1.refunds.create(
        {
            "payment_intent": str(first.payment_intent),
            "amount": 1000,
            "refund_application_fee": True,
        },
        {"stripe_account": account},
    )
    dispute = sandbox.control(f"/charges/{first.payment_intent}/dispute", amount=2000)

    def get(path: str, **headers: str) -> Any:
        answer = sandbox.api("GET", path, **headers)
        assert answer.status == 200, answer.text
        return answer.json

    fee = get("/v1/application_fees")["data"][0]
    sandbox.control("/clock", advance=3 * 86_400)
    payout = sandbox.client.v1.payouts.create(
        {"amount": 100, "currency": "eur"}, {"stripe_account": account}
    )
    declined = get(f"/v1/checkout/sessions/{second.id}", **header)["payment_intent"]
    platform = sandbox.client.v1.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/hook", "enabled_events": ["charge.refunded"]}
    )
    sandbox.client.v1.webhook_endpoints.delete(platform.id)
    return {
        "account": get(f"/v1/accounts/{account}"),
        "application_fee": fee,
        "balance": get("/v1/balance", **header),
        "balance_transaction": get("/v1/balance_transactions", **header)["data"][0],
        "capability": get(f"/v1/accounts/{account}/capabilities")["data"][0],
        "charge": get(f"/v1/charges/{refund.charge}?expand[]=refunds", **header),
        "declined payment_intent": get(f"/v1/payment_intents/{declined}", **header),
        "dispute": get(f"/v1/disputes/{dispute['id']}", **header),
        "event": get("/v1/events?type=charge.refunded", **header)["data"][0],
        "failed charge": get(f"/v1/charges?payment_intent={declined}", **header)["data"][0],
        "fee_refund": get(f"/v1/application_fees/{fee['id']}/refunds")["data"][0],
        "line item": get(f"/v1/checkout/sessions/{first.id}/line_items", **header)["data"][0],
        "open session": sandbox.session(account).to_dict(),
        "payment_intent": get(f"/v1/payment_intents/{first.payment_intent}", **header),
        "payout": payout.to_dict(),
        "platform": get("/v1/account"),
        "refund": get(f"/v1/refunds/{refund.id}", **header),
        "session": get(f"/v1/checkout/sessions/{first.id}?expand[]=line_items", **header),
        "webhook_endpoint": platform.to_dict(),
    }


CLASSES: dict[str, Any] = {
    "account": stripe.Account,
    "application_fee": stripe.ApplicationFee,
    "balance": stripe.Balance,
    "balance_transaction": stripe.BalanceTransaction,
    "capability": stripe.Capability,
    "charge": stripe.Charge,
    "declined payment_intent": stripe.PaymentIntent,
    "dispute": stripe.Dispute,
    "event": stripe.Event,
    "failed charge": stripe.Charge,
    "fee_refund": stripe.ApplicationFeeRefund,
    "line item": stripe.LineItem,
    "open session": stripe.checkout.Session,
    "payment_intent": stripe.PaymentIntent,
    "payout": stripe.Payout,
    "platform": stripe.Account,
    "refund": stripe.Refund,
    "session": stripe.checkout.Session,
    "webhook_endpoint": stripe.WebhookEndpoint,
}


@pytest.mark.parametrize("name", CLASSES)
def test_an_object_has_the_shape_the_sdk_expects(shown: dict[str, Any], name: str) -> None:
    assert differences(shown[name], CLASSES[name], name) == []


def test_the_check_notices_a_wrong_word_an_unknown_field_and_a_missing_one(
    shown: dict[str, Any],
) -> None:
    broken = {**shown["session"], "status": "done", "colour": "red"}
    del broken["expires_at"]
    found = differences(broken, stripe.checkout.Session, "session")
    assert [text.partition(":")[0] for text in found] == [
        "session.colour",
        "session.expires_at",
        "session.status",
    ]
