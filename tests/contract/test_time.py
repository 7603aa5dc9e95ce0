"""Time that is moved, and a sandbox that is killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import stripe

from tests.contract.outside import Sandbox, Shop, free_port, session_params


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox whose clock nobody else looks at."""
    running = Sandbox(tmp_path / "state.sqlite3")
    yield running
    running.stop()


def now(sandbox: Sandbox) -> int:
    return int(sandbox.control("/clock", "GET")["now"])


def test_a_session_expires_by_itself(alone: Sandbox, shop: Shop) -> None:
    seller = alone.seller()
    alone.client.v1.webhook_endpoints.create(
        {"url": shop.url, "enabled_events": ["checkout.session.expired"], "connect": True}
    )
    session = alone.session(seller, expires_at=now(alone) + 1860)
    url = str(session.url)
    alone.control("/clock", advance=1700)
    assert alone.open(url).status == 200
    alone.control("/clock", advance=170)
    found = alone.client.v1.checkout.sessions.retrieve(session.id, {}, {"stripe_account": seller})
    assert (found.status, found.url) == ("expired", None)
    assert alone.open(url).status == 410
    assert shop.wait_for("checkout.session.expired")[0]["data"]["object"]["id"] == session.id


def test_a_session_lives_between_half_an_hour_and_a_day(alone: Sandbox) -> None:
    seller = alone.seller()
    for seconds in (1790, 86_460):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            alone.session(seller, expires_at=now(alone) + seconds)
        assert refused.value.param == "expires_at"
    assert alone.session(seller, expires_at=now(alone) + 1830).status == "open"


def test_a_link_to_onboarding_is_dead_after_five_minutes(alone: Sandbox) -> None:
    account = alone.client.v1.accounts.create({"type": "express"})
    link = alone.client.v1.account_links.create(
        {
            "account": account.id,
            "type": "account_onboarding",
            "return_url": "https://shop.example/return",
            "refresh_url": "https://shop.example/refresh",
        }
    )
    alone.control("/clock", advance=301)
    assert alone.open(link.url).headers["location"] == "https://shop.example/refresh"


def test_a_bank_debit_settles_after_three_days(alone: Sandbox) -> None:
    seller = alone.seller()
    session = alone.session(seller)
    alone.press(str(session.url), "delayed")
    alone.control("/clock", advance=3 * 86_400)
    found = alone.client.v1.checkout.sessions.retrieve(session.id, {}, {"stripe_account": seller})
    assert found.payment_status == "paid"


def test_money_becomes_available_and_is_paid_out(alone: Sandbox) -> None:
    seller = alone.seller()
    alone.paid(seller)
    options: stripe.RequestOptions = {"stripe_account": seller}
    payouts, balance = alone.client.v1.payouts, alone.client.v1.balance
    with pytest.raises(stripe.InvalidRequestError) as refused:
        payouts.create({"amount": 8000, "currency": "eur"}, options)
    assert refused.value.code == "balance_insufficient"
    alone.control("/clock", advance=2 * 86_400)
    assert balance.retrieve({}, options).available[0].amount == 8619
    payout = payouts.create({"amount": 8000, "currency": "eur"}, options)
    assert balance.retrieve({}, options).available[0].amount == 619
    alone.control("/clock", advance=2 * 86_400)
    assert payouts.retrieve(payout.id, {}, options).status == "paid"
    alone.control(f"/payouts/{payout.id}/fail", reason="account_closed")
    failed = payouts.retrieve(payout.id, {}, options)
    assert (failed.status, failed.failure_code) == ("failed", "account_closed")
    assert balance.retrieve({}, options).available[0].amount == 8619


def test_a_refund_after_the_daily_payout_waits_for_new_money(alone: Sandbox) -> None:
    seller = alone.seller()
    sale = alone.paid(seller)
    alone.control("/settings", refunds_need_balance=True)
    alone.control("/clock", advance=2 * 86_400)
    alone.control(f"/accounts/{seller}/payout")
    options: stripe.RequestOptions = {"stripe_account": seller}
    payout = alone.client.v1.payouts.list({}, options).data[0]
    assert (payout.amount, payout.automatic) == (8619, True)
    refund = alone.client.v1.refunds.create({"payment_intent": str(sale.payment_intent)}, options)
    assert refund.status == "pending"
    assert refund.to_dict()["pending_reason"] == "insufficient_funds"


def test_a_key_is_forgotten_after_a_day(alone: Sandbox) -> None:
    seller = alone.seller()
    options: stripe.RequestOptions = {"stripe_account": seller, "idempotency_key": "k1"}
    sessions = alone.client.v1.checkout.sessions
    first = sessions.create(session_params(), options)  # type: ignore[arg-type]
    alone.control("/clock", advance=86_000)
    assert sessions.create(session_params(), options).id == first.id  # type: ignore[arg-type]
    alone.control("/clock", advance=401)
    assert sessions.create(session_params(), options).id != first.id  # type: ignore[arg-type]


def test_an_unanswered_dispute_is_lost(alone: Sandbox) -> None:
    seller = alone.seller()
    dispute = alone.control(f"/charges/{alone.paid(seller).payment_intent}/dispute")
    alone.control("/clock", advance=8 * 86_400)
    found = alone.client.v1.disputes.retrieve(dispute["id"], {}, {"stripe_account": seller})
    assert found.status == "lost"


def test_the_clock_never_runs_back(alone: Sandbox) -> None:
    before = now(alone)
    assert alone.http("POST", "/_sandbox/clock", '{"advance": -5}').status == 400
    assert now(alone) >= before


def test_a_killed_sandbox_remembers_and_goes_on_delivering(tmp_path: Path, shop: Shop) -> None:
    state, port = tmp_path / "state.sqlite3", free_port()
    first = Sandbox(state, port)
    seller = first.seller()
    first.client.v1.webhook_endpoints.create(
        {"url": shop.url, "enabled_events": ["charge.succeeded"], "connect": True}
    )
    shop.statuses = [503] * 50
    session = first.paid(seller)
    shop.wait_for("charge.succeeded")
    first.kill()
    shop.statuses = []
    heard = len(shop.events())
    second = Sandbox(state, port)
    try:
        found = second.client.v1.checkout.sessions.retrieve(
            session.id, {}, {"stripe_account": seller}
        )
        assert found.payment_status == "paid"
        shop.wait_for("charge.succeeded", heard + 1)
    finally:
        second.stop()


def test_a_taken_port_is_said_in_one_sentence(sandbox: Sandbox) -> None:
    command = [sys.executable, "-m", "sandbox.stripe", "--port", str(sandbox.port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"The Stripe sandbox cannot listen on 127.0.0.1:{sandbox.port}")
    assert len(done.stderr.splitlines()) == 1


def test_reset_forgets_everything(alone: Sandbox) -> None:
    seller = alone.seller()
    alone.paid(seller)
    alone.control("/reset")
    assert alone.client.v1.accounts.list({}).data == []
    with pytest.raises(stripe.PermissionError):
        alone.client.v1.accounts.retrieve(seller)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/clock", '{"advance": "soon"}'),
        ("/clock", '{"advance": 99999999999}'),
        ("/deliveries/flush", '{"seconds": "few"}'),
        ("/settings", '{"colour": "red"}'),
        ("/faults", '{"action": "429", "count": "many"}'),
        ("/clock", "not json"),
    ],
)
def test_a_control_that_makes_no_sense_is_refused(sandbox: Sandbox, path: str, body: str) -> None:
    before = sandbox.control("/clock", "GET")["offset"]
    assert sandbox.http("POST", f"/_sandbox{path}", body).status == 400
    assert sandbox.control("/clock", "GET")["offset"] == before
