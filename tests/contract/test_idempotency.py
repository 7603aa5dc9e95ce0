"""Idempotency keys, and what goes wrong around them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from tests.contract.outside import Answer, Sandbox, session_params


def refund(sandbox: Sandbox, account: str, form: str, key: str) -> Answer:
    return sandbox.api("POST", "/v1/refunds", form, Stripe_Account=account, Idempotency_Key=key)


def count(sandbox: Sandbox, account: str) -> int:
    return len(sandbox.client.v1.refunds.list({}, {"stripe_account": account}).data)


@pytest.fixture
def intent(sandbox: Sandbox, seller: str) -> str:
    return str(sandbox.paid(seller).payment_intent)


def test_the_same_request_gets_the_same_answer(sandbox: Sandbox, seller: str, intent: str) -> None:
    first = refund(sandbox, seller, f"payment_intent={intent}&amount=100", "k1")
    again = refund(sandbox, seller, f"amount=100&payment_intent={intent}", "k1")
    assert (again.status, again.text) == (200, first.text)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["original-request"] == first.headers["request-id"]
    assert "idempotent-replayed" not in first.headers
    assert count(sandbox, seller) == 1


def test_a_key_is_for_one_request_only(sandbox: Sandbox, seller: str, intent: str) -> None:
    refund(sandbox, seller, f"payment_intent={intent}&amount=100", "k1")
    other = refund(sandbox, seller, f"payment_intent={intent}&amount=200", "k1")
    assert (other.status, other.error["type"]) == (400, "idempotency_error")
    elsewhere = sandbox.api(
        "POST", "/v1/customers", "name=Bob", Stripe_Account=seller, Idempotency_Key="k1"
    )
    assert (elsewhere.status, elsewhere.error["type"]) == (400, "idempotency_error")
    assert "same endpoint" in elsewhere.error["message"]
    with pytest.raises(stripe.IdempotencyError):
        sandbox.client.v1.customers.create(
            {"name": "Bob"}, {"stripe_account": seller, "idempotency_key": "k1"}
        )
    assert count(sandbox, seller) == 1


def test_a_key_belongs_to_one_account(sandbox: Sandbox, seller: str) -> None:
    ids = {
        sandbox.api(
            "POST", "/v1/customers", "name=Bob", Idempotency_Key=f"of-{seller}", **headers
        ).json["id"]
        for headers in ({}, {"Stripe_Account": seller})
    }
    assert len(ids) == 2


def test_a_request_that_is_refused_on_sight_leaves_its_key_free(
    sandbox: Sandbox, seller: str, intent: str
) -> None:
    assert refund(sandbox, seller, f"payment_intent={intent}&amount=x", "k1").status == 400
    good = refund(sandbox, seller, f"payment_intent={intent}&amount=100", "k1")
    assert good.status == 200


def test_a_refusal_that_depended_on_the_state_is_remembered(
    sandbox: Sandbox, seller: str, intent: str
) -> None:
    dispute = sandbox.control(f"/charges/{intent}/dispute", inquiry=False)
    first = refund(sandbox, seller, f"payment_intent={intent}", "k1")
    sandbox.control(f"/disputes/{dispute['id']}/win")
    again = refund(sandbox, seller, f"payment_intent={intent}", "k1")
    assert first.error["code"] == again.error["code"] == "charge_disputed"
    assert again.headers["idempotent-replayed"] == "true"
    assert refund(sandbox, seller, f"payment_intent={intent}", "k2").status == 200


def test_a_key_has_at_most_255_characters(sandbox: Sandbox) -> None:
    sent = [
        sandbox.api("POST", "/v1/customers", "name=Bob", Idempotency_Key="k" * length).status
        for length in (255, 256)
    ]
    assert sent == [200, 400]


def test_eight_at_once_make_one(sandbox: Sandbox, seller: str, intent: str) -> None:
    rule = {"path": "/v1/refunds", "account": seller, "seconds": 0.5, "count": 8}
    sandbox.control("/faults", action="slow", **rule)
    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(
                lambda _: refund(sandbox, seller, f"payment_intent={intent}&amount=100", "k1"),
                range(8),
            )
        )
    conflicts = [answer for answer in answers if answer.status == 409]
    made = [a for a in answers if a.status == 200 and "idempotent-replayed" not in a.headers]
    assert len(made) == 1
    assert conflicts
    assert {answer.error["code"] for answer in conflicts} == {"idempotency_key_in_use"}
    assert {answer.status for answer in answers} == {200, 409}
    assert count(sandbox, seller) == 1


def test_a_dropped_answer_is_there_when_asked_again(
    sandbox: Sandbox, seller: str, intent: str
) -> None:
    sandbox.control("/faults", action="drop", path="/v1/refunds", account=seller)
    with pytest.raises((ConnectionError, OSError)):
        refund(sandbox, seller, f"payment_intent={intent}&amount=100", "k1")
    assert count(sandbox, seller) == 1
    again = refund(sandbox, seller, f"payment_intent={intent}&amount=100", "k1")
    assert (again.status, again.headers["idempotent-replayed"]) == (200, "true")
    assert count(sandbox, seller) == 1


def test_a_request_dropped_before_its_effect_had_none(
    sandbox: Sandbox, seller: str, intent: str
) -> None:
    sandbox.control("/faults", action="drop_before", path="/v1/refunds", account=seller)
    with pytest.raises((ConnectionError, OSError)):
        refund(sandbox, seller, f"payment_intent={intent}", "k1")
    assert count(sandbox, seller) == 0


def test_a_500_after_the_effect_is_remembered(sandbox: Sandbox, seller: str, intent: str) -> None:
    form = f"payment_intent={intent}&amount=100"
    sandbox.control("/faults", action="500_after", path="/v1/refunds", account=seller)
    first = refund(sandbox, seller, form, "k1")
    again = refund(sandbox, seller, form, "k1")
    assert (first.status, again.status) == (500, 500)
    assert first.error["type"] == "api_error"
    assert count(sandbox, seller) == 1


def test_a_500_can_be_forgotten_so_that_a_retry_finds_the_true_answer(
    sandbox: Sandbox, seller: str, intent: str
) -> None:
    form = f"payment_intent={intent}&amount=100"
    sandbox.control(
        "/faults", action="500_after", path="/v1/refunds", account=seller, remember=False
    )
    assert refund(sandbox, seller, form, "k1").status == 500
    assert refund(sandbox, seller, form, "k1").status == 200
    assert count(sandbox, seller) == 1


@pytest.mark.parametrize(
    ("action", "status", "code"),
    [("429", 429, "rate_limit"), ("lock_timeout", 429, "lock_timeout"), ("500_before", 500, None)],
)
def test_a_fault_before_the_effect_leaves_the_key_free(
    sandbox: Sandbox, seller: str, intent: str, action: str, status: int, code: str | None
) -> None:
    sandbox.control("/faults", action=action, path="/v1/ref*", account=seller, count=2)
    for _ in range(2):
        answer = refund(sandbox, seller, f"payment_intent={intent}", "k1")
        assert (answer.status, answer.error.get("code")) == (status, code)
    assert refund(sandbox, seller, f"payment_intent={intent}", "k1").status == 200


def test_the_sdk_gets_through_two_failures_by_itself(sandbox: Sandbox, seller: str) -> None:
    patient = stripe.StripeClient(
        "sk_test_contract", base_addresses={"api": sandbox.url}, max_network_retries=2
    )
    sandbox.control("/faults", action="drop", path="/v1/checkout/sessions", account=seller)
    session = patient.v1.checkout.sessions.create(
        session_params(),  # type: ignore[arg-type]
        {"stripe_account": seller},
    )
    options: stripe.RequestOptions = {"stripe_account": seller}
    assert [s.id for s in patient.v1.checkout.sessions.list({}, options).data] == [session.id]


def test_a_fault_may_hit_by_chance(sandbox: Sandbox, seller: str) -> None:
    rule = {"path": "/v1/balance", "account": seller, "count": 100}
    made = sandbox.control("/faults", action="500_before", chance=0.5, **rule)
    statuses = [sandbox.api("GET", "/v1/balance", Stripe_Account=seller).status for _ in range(40)]
    sandbox.control(f"/faults/{made['id']}", "DELETE")
    assert set(statuses) == {200, 500}


def test_faults_can_be_seen_and_taken_back(sandbox: Sandbox) -> None:
    made = sandbox.control("/faults", action="429", path="/v1/nothing", count=5)
    listed = sandbox.control("/faults", "GET")["faults"]
    assert made["id"] in [fault["id"] for fault in listed]
    left = sandbox.control(f"/faults/{made['id']}", "DELETE")["faults"]
    assert made["id"] not in [fault["id"] for fault in left]
    refused = sandbox.http("POST", "/_sandbox/faults", '{"action": "explode"}')
    assert refused.status == 400


def test_too_many_requests_in_a_second_are_refused(sandbox: Sandbox) -> None:
    sandbox.control("/settings", requests_per_second=3)
    try:
        statuses = [sandbox.api("GET", "/v1/account").status for _ in range(10)]
    finally:
        sandbox.control("/settings", requests_per_second=0)
    assert statuses[0] == 200
    assert set(statuses) == {200, 429}
    assert sandbox.api("GET", "/v1/account").status == 200
