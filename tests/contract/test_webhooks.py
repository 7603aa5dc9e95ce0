"""Events and how they reach a shop."""

from __future__ import annotations

import json

import pytest
import stripe

from tests.contract.outside import Sandbox, Shop, wait_until


def test_deliveries_are_signed_so_that_the_sdk_believes_them(
    sandbox: Sandbox, seller: str, hooked: Shop
) -> None:
    sandbox.paid(seller)
    hooked.wait_for("checkout.session.completed")
    for path, headers, body in hooked.received:
        event = stripe.Webhook.construct_event(
            body, headers["stripe-signature"], hooked.secrets[path]
        )
        assert event.api_version == stripe.api_version
    path, headers, body = hooked.received[0]
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, headers["stripe-signature"], "whsec_other")


def test_each_endpoint_hears_of_its_own(sandbox: Sandbox, seller: str, hooked: Shop) -> None:
    sandbox.paid(seller)
    hooked.wait_for("checkout.session.completed")
    hooked.wait_for("application_fee.created")
    connect = hooked.events(path="/connect")
    assert {event["account"] for event in connect} == {seller}
    assert "checkout.session.completed" in [event["type"] for event in connect]
    platform = hooked.events(path="/platform")
    assert [event["type"] for event in platform] == ["application_fee.created"]
    assert "account" not in platform[0]


def test_only_what_is_asked_for_is_sent(sandbox: Sandbox, seller: str, shop: Shop) -> None:
    endpoints = sandbox.client.v1.webhook_endpoints
    made = endpoints.create(
        {"url": shop.url, "enabled_events": ["charge.refunded"], "connect": True}
    )
    session = sandbox.paid(seller)
    sandbox.control(f"/charges/{session.payment_intent}/refund")
    shop.wait_for("charge.refunded")
    sandbox.control("/deliveries/flush")
    assert [event["type"] for event in shop.events()] == ["charge.refunded"]
    endpoints.update(made.id, {"disabled": True})
    assert endpoints.retrieve(made.id).status == "disabled"
    sandbox.paid(seller)
    assert len(shop.events()) == 1
    endpoints.delete(made.id)


def test_the_secret_is_told_once(sandbox: Sandbox, hooked: Shop) -> None:
    endpoint = sandbox.client.v1.webhook_endpoints.list({"limit": 1}).data[0]
    assert "secret" not in endpoint
    assert all(secret.startswith("whsec_") for secret in hooked.secrets.values())


@pytest.mark.parametrize("status", [500, 404, 302])
def test_a_delivery_that_is_not_taken_comes_again(
    sandbox: Sandbox, seller: str, hooked: Shop, status: int
) -> None:
    session = sandbox.session(seller)
    hooked.statuses = [status]
    sandbox.client.v1.checkout.sessions.expire(session.id, {}, {"stripe_account": seller})
    first, second = hooked.wait_for("checkout.session.expired", 2)
    assert first["id"] == second["id"]
    event = sandbox.client.v1.events.retrieve(first["id"], {}, {"stripe_account": seller})
    wait_until(
        lambda: (
            sandbox.client.v1.events.retrieve(event.id, {}, {"stripe_account": seller})
            .pending_webhooks == 0
        )
    )  # fmt: skip


def test_undelivered_events_can_be_listed(sandbox: Sandbox, seller: str, hooked: Shop) -> None:
    sandbox.control("/faults", action="lose", type="checkout.session.expired")
    session = sandbox.session(seller)
    options: stripe.RequestOptions = {"stripe_account": seller}
    sandbox.client.v1.checkout.sessions.expire(session.id, {}, options)
    sandbox.control("/deliveries/flush")
    events = sandbox.client.v1.events
    lost = events.list({"delivery_success": False}, options)
    assert [event.type for event in lost.data] == ["checkout.session.expired"]
    taken = events.list({"delivery_success": True, "limit": 100}, options)
    assert "checkout.session.expired" not in [event.type for event in taken.data]
    assert hooked.events("checkout.session.expired") == []


def test_events_are_found_by_type(sandbox: Sandbox, seller: str) -> None:
    sandbox.paid(seller)
    options: stripe.RequestOptions = {"stripe_account": seller}
    events = sandbox.client.v1.events

    def found(**params: object) -> list[str]:
        listed = events.list({"limit": 100, **params}, options)  # type: ignore[arg-type]
        return [event.type for event in listed.data]

    assert found(type="checkout.*") == ["checkout.session.completed"]
    assert found(types=["charge.succeeded", "payment_intent.created"]) == [
        "charge.succeeded",
        "payment_intent.created",
    ]
    assert found(type="charge.refunded") == []


def test_an_event_names_the_request_that_caused_it(sandbox: Sandbox, seller: str) -> None:
    session = sandbox.session(seller)
    answer = sandbox.api(
        "POST",
        f"/v1/checkout/sessions/{session.id}/expire",
        "",
        Stripe_Account=seller,
        Idempotency_Key="expire-it",
    )
    event = sandbox.client.v1.events.list({}, {"stripe_account": seller}).data[0].to_dict()
    assert event["request"] == {
        "id": answer.headers["request-id"],
        "idempotency_key": "expire-it",
    }


def test_an_event_can_be_sent_again(sandbox: Sandbox, seller: str, hooked: Shop) -> None:
    sandbox.paid(seller)
    event = hooked.wait_for("checkout.session.completed")[0]
    assert sandbox.control(f"/events/{event['id']}/redeliver", times=4) == {"queued": 4}
    again = hooked.wait_for("checkout.session.completed", 5)
    assert {found["id"] for found in again} == {event["id"]}


def test_an_event_comes_twice_when_told_to(sandbox: Sandbox, seller: str, hooked: Shop) -> None:
    sandbox.control("/faults", action="duplicate", type="charge.succeeded", times=3)
    sandbox.paid(seller)
    assert len(hooked.wait_for("charge.succeeded", 3)) == 3


def test_events_come_in_another_order_when_told_to(
    sandbox: Sandbox, seller: str, hooked: Shop
) -> None:
    sandbox.control("/faults", action="reorder", type="p*", account=seller, count=2, seconds=0.5)
    sandbox.paid(seller)
    hooked.wait_for("payment_intent.created")
    order = [event["type"] for event in hooked.events(path="/connect")]
    assert order.index("payment_intent.succeeded") < order.index("payment_intent.created")


def test_a_late_event_still_comes(sandbox: Sandbox, seller: str, hooked: Shop) -> None:
    sandbox.control("/faults", action="delay", type="charge.succeeded", seconds=0.4)
    sandbox.paid(seller)
    assert hooked.events("charge.succeeded") == []
    hooked.wait_for("charge.succeeded")


def test_an_endpoint_can_be_given_a_secret(sandbox: Sandbox, seller: str, shop: Shop) -> None:
    made = [
        sandbox.control("/webhook_endpoints", url=shop.url, secret=f"whsec_{n}", connect=True)
        for n in ("one", "two")
    ]
    assert made[0]["id"] == made[1]["id"]
    sandbox.paid(seller)
    shop.wait_for("charge.succeeded")
    _, headers, body = shop.received[0]
    stripe.Webhook.construct_event(body, headers["stripe-signature"], "whsec_two")
    assert json.loads(body)["account"] == seller
    sandbox.client.v1.webhook_endpoints.delete(made[0]["id"])
