"""Where the money goes: fees, refunds, disputes, payouts, and the balances they leave."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe
from flask import Flask

from tests.contract.outside import KEY, Sandbox, Shop
from tixapp.core.money import Money
from tixapp.gateways.stripe import Balance, Stripe

# 90.00 less 2.9 % and 0.30 for Stripe, and less 0.90 for the platform
NET = 9000 - 291 - 90


def held(sandbox: Sandbox, account: str | None, currency: str = "eur") -> int:
    """Available and pending together."""
    headers = {"Stripe_Account": account} if account else {}
    found = sandbox.api("GET", "/v1/balance", **headers).json
    return sum(
        part["amount"]
        for part in [*found["available"], *found["pending"]]
        if part["currency"] == currency
    )


def refund(sandbox: Sandbox, account: str, session: Any, **params: Any) -> stripe.Refund:
    return sandbox.client.v1.refunds.create(
        {"payment_intent": str(session.payment_intent), **params},  # type: ignore[arg-type]
        {"stripe_account": account},
    )


def charge_of(sandbox: Sandbox, account: str, session: Any) -> stripe.Charge:
    listed = sandbox.client.v1.charges.list(
        {"payment_intent": str(session.payment_intent)}, {"stripe_account": account}
    )
    return listed.data[0]


def test_a_sale_is_split_between_seller_stripe_and_platform(sandbox: Sandbox, seller: str) -> None:
    before = held(sandbox, None)
    session = sandbox.paid(seller)
    assert held(sandbox, seller) == NET
    assert held(sandbox, None) - before == 90
    charge = charge_of(sandbox, seller, session)
    assert charge.application_fee_amount == 90
    fee = sandbox.client.v1.application_fees.retrieve(str(charge.application_fee))
    assert (fee.amount, fee.account, fee.charge) == (90, seller, charge.id)


def test_the_platform_pays_stripe_where_it_is_the_payer(sandbox: Sandbox) -> None:
    account = sandbox.client.v1.accounts.create(
        {
            "country": "DE",
            "controller": {
                "fees": {"payer": "application"},
                "losses": {"payments": "application"},
                "stripe_dashboard": {"type": "express"},
            },
        }
    )
    sandbox.control(f"/accounts/{account.id}/onboard")
    before = held(sandbox, None)
    sandbox.paid(account.id)
    assert held(sandbox, account.id) == 9000 - 90
    assert held(sandbox, None) - before == 90 - 291


def test_refunds_add_up_to_the_charge_and_no_further(sandbox: Sandbox, seller: str) -> None:
    session = sandbox.paid(seller)
    first = refund(sandbox, seller, session, amount=4000, metadata={"row": "1"})
    assert (first.status, first.amount) == ("succeeded", 4000)
    assert first.to_dict()["metadata"] == {"row": "1"}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refund(sandbox, seller, session, amount=5001)
    assert refused.value.user_message == (
        "Refund amount (€50.01) is greater than unrefunded amount on charge (€50.00)"
    )
    refund(sandbox, seller, session)
    charge = charge_of(sandbox, seller, session)
    assert (charge.amount_refunded, charge.refunded) == (9000, True)
    with pytest.raises(stripe.InvalidRequestError) as done:
        refund(sandbox, seller, session, amount=1)
    assert done.value.code == "charge_already_refunded"
    options: stripe.RequestOptions = {"stripe_account": seller}
    listed = sandbox.client.v1.refunds.list({"charge": charge.id}, options)
    assert [r.amount for r in listed.data] == [5000, 4000]
    assert held(sandbox, seller) == NET - 9000


def test_the_fee_goes_back_in_proportion_and_never_more(sandbox: Sandbox, seller: str) -> None:
    session = sandbox.paid(seller)
    fee_id = str(charge_of(sandbox, seller, session).application_fee)
    back = []
    for amount in (3050, 3050, 2900):
        refund(sandbox, seller, session, amount=amount, refund_application_fee=True)
        back.append(sandbox.client.v1.application_fees.retrieve(fee_id).amount_refunded)
    assert back == [31, 61, 90]
    assert held(sandbox, seller) == 90 - 291 - 90
    assert sandbox.client.v1.application_fees.retrieve(fee_id).refunded


def test_the_fee_stays_unless_it_is_asked_for(sandbox: Sandbox, seller: str) -> None:
    session = sandbox.paid(seller)
    refund(sandbox, seller, session)
    fee_id = str(charge_of(sandbox, seller, session).application_fee)
    assert sandbox.client.v1.application_fees.retrieve(fee_id).amount_refunded == 0


def test_a_fee_that_was_not_taken_cannot_go_back(sandbox: Sandbox, seller: str) -> None:
    session = sandbox.paid(seller, payment_intent_data={})
    with pytest.raises(stripe.InvalidRequestError, match="but it has no application fee"):
        refund(sandbox, seller, session, refund_application_fee=True)
    with pytest.raises(stripe.InvalidRequestError, match="no associated transfer"):
        refund(sandbox, seller, session, reverse_transfer=True)
    assert charge_of(sandbox, seller, session).amount_refunded == 0


def test_a_refund_can_wait_for_the_balance(sandbox: Sandbox, hooked: Shop) -> None:
    seller = sandbox.seller()
    session = sandbox.paid(seller)
    sandbox.control("/settings", refunds_need_balance=True)
    try:
        waiting = refund(sandbox, seller, session)
    finally:
        sandbox.control("/settings", refunds_need_balance=False)
    assert waiting.to_dict()["pending_reason"] == "insufficient_funds"
    assert (waiting.status, waiting.balance_transaction) == ("pending", None)
    assert held(sandbox, seller) == NET
    sandbox.control(f"/refunds/{waiting.id}/fund")
    assert hooked.wait_for("refund.updated")[0]["data"]["object"]["status"] == "succeeded"
    assert held(sandbox, seller) == NET - 9000


def test_a_refund_may_fail_days_after_it_succeeded(sandbox: Sandbox, hooked: Shop) -> None:
    seller = sandbox.seller()
    session = sandbox.paid(seller)
    made = refund(sandbox, seller, session)
    sandbox.control(f"/refunds/{made.id}/fail", reason="expired_or_canceled_card")
    found = hooked.wait_for("refund.failed")[0]["data"]["object"]
    assert (found["status"], found["failure_reason"]) == ("failed", "expired_or_canceled_card")
    assert found["failure_balance_transaction"].startswith("txn_")
    assert held(sandbox, seller) == NET
    assert refund(sandbox, seller, session).status == "succeeded"


def test_only_a_refund_that_waits_for_the_buyer_can_be_cancelled(
    sandbox: Sandbox, seller: str
) -> None:
    made = refund(sandbox, seller, sandbox.paid(seller))
    with pytest.raises(stripe.InvalidRequestError, match="cannot be canceled"):
        sandbox.client.v1.refunds.cancel(made.id, {}, {"stripe_account": seller})


def test_a_seller_refunds_in_their_own_dashboard(sandbox: Sandbox, hooked: Shop) -> None:
    seller = sandbox.seller()
    session = sandbox.paid(seller)
    sandbox.control(f"/charges/{session.payment_intent}/refund", amount=1000)
    told = hooked.wait_for("charge.refunded")[0]
    assert told["account"] == seller
    assert told["data"]["object"]["amount_refunded"] == 1000
    assert told["request"] == {"id": None, "idempotency_key": None}
    link = sandbox.client.v1.accounts.login_links.create(seller)
    charge = charge_of(sandbox, seller, session)
    assert sandbox.press(link.url, "", charge=charge.id).status == 303
    assert charge_of(sandbox, seller, session).refunded


def test_a_dispute_takes_the_money_and_blocks_refunds(sandbox: Sandbox, hooked: Shop) -> None:
    seller = sandbox.seller()
    session = sandbox.paid(seller)
    dispute = sandbox.control(f"/charges/{session.payment_intent}/dispute")
    assert (dispute["status"], dispute["amount"]) == ("needs_response", 9000)
    assert held(sandbox, seller) == NET - 9000 - 1500
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refund(sandbox, seller, session)
    assert refused.value.code == "charge_disputed"
    assert hooked.wait_for("charge.dispute.created")[0]["account"] == seller
    assert hooked.wait_for("charge.dispute.funds_withdrawn")


@pytest.mark.parametrize(
    ("evidence", "status", "balance"),
    [("winning_evidence", "won", NET), ("losing_evidence", "lost", NET - 9000 - 1500)],
)
def test_evidence_decides_a_dispute(
    sandbox: Sandbox, seller: str, evidence: str, status: str, balance: int
) -> None:
    session = sandbox.paid(seller)
    dispute = sandbox.control(f"/charges/{session.payment_intent}/dispute")
    options: stripe.RequestOptions = {"stripe_account": seller}
    disputes = sandbox.client.v1.disputes
    saved = disputes.update(
        dispute["id"], {"evidence": {"customer_name": "Bob"}, "submit": False}, options
    )
    assert saved.status == "needs_response"
    closed = disputes.update(dispute["id"], {"evidence": {"uncategorized_text": evidence}}, options)
    assert closed.status == status
    assert closed.evidence.customer_name == "Bob"
    assert held(sandbox, seller) == balance
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        disputes.close(dispute["id"], {}, options)


def test_an_inquiry_moves_no_money(sandbox: Sandbox, seller: str) -> None:
    session = sandbox.paid(seller)
    dispute = sandbox.control(f"/charges/{session.payment_intent}/dispute", inquiry=True)
    assert dispute["status"] == "warning_needs_response"
    assert held(sandbox, seller) == NET
    assert sandbox.control(f"/disputes/{dispute['id']}/win")["status"] == "warning_closed"


def test_a_platform_gives_a_fee_back_by_itself(sandbox: Sandbox, seller: str) -> None:
    session = sandbox.paid(seller)
    fee_id = str(charge_of(sandbox, seller, session).application_fee)
    fees = sandbox.client.v1.application_fees
    made = fees.refunds.create(fee_id, {"amount": 40})
    assert (made.object, made.amount, made.fee) == ("fee_refund", 40, fee_id)
    assert held(sandbox, seller) == NET + 40
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount on fee"):
        fees.refunds.create(fee_id, {"amount": 51})
    assert [r.id for r in fees.refunds.list(fee_id).data] == [made.id]


def test_the_gateway_reads_what_an_account_has_available_and_on_its_way(
    app: Flask, sandbox: Sandbox, seller: str
) -> None:
    gateway = Stripe(KEY, api_base=sandbox.url, webhook_secrets=("a", "b"))
    with app.app_context():
        assert gateway.balance(seller) == Balance({"EUR": 0}, {"EUR": 0})
        sandbox.paid(seller)
        balance = gateway.balance(seller)
    assert balance.available["EUR"] + balance.pending["EUR"] == NET


def test_the_gateway_tells_what_stripe_kept_of_each_sale(
    app: Flask, sandbox: Sandbox, seller: str
) -> None:
    gateway = Stripe(KEY, api_base=sandbox.url, webhook_secrets=("a", "b"))
    session = sandbox.paid(seller)
    with app.app_context():
        now = datetime.fromtimestamp(sandbox.control("/clock", "GET")["now"], UTC)
        since = now - timedelta(hours=1)
        intent, fee = str(session.payment_intent), Money(291, "EUR")
        assert list(gateway.processing_fees(seller, since=since, until=None)) == [(intent, fee)]
        assert list(gateway.processing_fees(seller, since=since, until=since)) == []
        assert gateway.processing_fee(intent, account=seller) == fee
        assert gateway.payouts(seller) == []


def test_the_gateway_tells_what_a_payout_is_made_of(app: Flask, sandbox: Sandbox) -> None:
    gateway = Stripe(KEY, api_base=sandbox.url, webhook_secrets=("a", "b"))
    account = sandbox.seller()
    sandbox.control("/settings", funds_delay=0)
    try:
        first, second = sandbox.paid(account), sandbox.paid(account)
        refund(sandbox, account, first, amount=1000)
        sandbox.control(f"/accounts/{account}/payout")
        with app.app_context():
            [payout] = gateway.payouts(account)
            assert gateway.payout(payout.id, account=account) == payout
            parts = sorted(gateway.payout_parts(payout.id, account=account))
        intents = [str(session.payment_intent) for session in (first, second)]
        assert parts == sorted([(intents[0], NET), (intents[0], -1000), (intents[1], NET)])
        assert sum(net for _intent, net in parts) == payout.amount_minor
        late = sandbox.paid(account)
        with app.app_context():
            again = list(gateway.payout_parts(payout.id, account=account))
        assert str(late.payment_intent) not in dict(again)
    finally:
        sandbox.control("/settings", funds_delay=2 * 86_400)
