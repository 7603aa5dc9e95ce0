"""A Checkout Session from its creation to its end, with a buyer on its page."""

from __future__ import annotations

import re
from typing import Any

import pytest
import stripe

from tests.contract.outside import Sandbox, Shop, session_params


def look(sandbox: Sandbox, session: stripe.checkout.Session, account: str) -> Any:
    return sandbox.api("GET", f"/v1/checkout/sessions/{session.id}", Stripe_Account=account).json


def events_of(sandbox: Sandbox, account: str) -> list[str]:
    """The types of what happened on the account, oldest first."""
    listed = sandbox.client.v1.events.list({"limit": 100}, {"stripe_account": account})
    setup = ("account.", "capability.")
    return [event.type for event in reversed(listed.data) if not event.type.startswith(setup)]


def test_a_new_session_is_open_and_unpaid(sandbox: Sandbox, seller: str) -> None:
    session = sandbox.session(
        seller,
        metadata={"order": "1"},
        client_reference_id="order-1",
        customer_email="b@example.com",
    )
    assert re.fullmatch(r"cs_test_\w{20,}", session.id)
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert (session.amount_subtotal, session.amount_total, session.currency) == (9000, 9000, "eur")
    assert session.payment_intent is None
    assert session.expires_at - session.created == 86_400
    assert session.to_dict()["metadata"] == {"order": "1"}
    assert session.url == f"{sandbox.url}/c/pay/{session.id}"
    assert session.livemode is False


def test_the_page_shows_what_is_bought_and_what_the_shop_says(
    sandbox: Sandbox, seller: str
) -> None:
    sandbox.client.v1.accounts.update(seller, {"business_profile": {"name": "Arena & Sons"}})
    session = sandbox.session(
        seller, custom_text={"submit": {"message": "Pay <now>, your seats are held until 20:15."}}
    )
    page = sandbox.open(str(session.url))
    assert page.status == 200
    for text in ("Arena &amp; Sons", "Floor", "€90.00", "Pay &lt;now&gt;, your seats are held"):
        assert text in page.text
    for action in ("pay", "decline", "authenticate", "delayed", "cancel"):
        assert f'value="{action}"' in page.text
    assert "<script" not in page.text


def test_paying_completes_the_session_and_sends_the_buyer_back(
    sandbox: Sandbox, seller: str
) -> None:
    session = sandbox.session(seller, payment_intent_data={"metadata": {"order": "1"}})
    answer = sandbox.press(str(session.url), "pay", email="bob@example.com")
    assert answer.status == 303
    assert answer.headers["location"] == f"https://shop.example/done?session={session.id}"
    found = look(sandbox, session, seller)
    assert (found["status"], found["payment_status"], found["url"]) == ("complete", "paid", None)
    assert found["customer_details"]["email"] == "bob@example.com"
    intent = sandbox.client.v1.payment_intents.retrieve(
        found["payment_intent"], {"expand": ["latest_charge"]}, {"stripe_account": seller}
    ).to_dict()
    assert (intent["status"], intent["amount_received"]) == ("succeeded", 9000)
    assert intent["metadata"] == {"order": "1"}
    assert intent["latest_charge"]["paid"] is True
    assert intent["latest_charge"]["metadata"] == {"order": "1"}
    assert intent["latest_charge"]["billing_details"]["email"] == "bob@example.com"
    assert events_of(sandbox, seller) == [
        "payment_intent.created",
        "charge.succeeded",
        "charge.updated",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]


def test_pressing_pay_twice_charges_once(sandbox: Sandbox, seller: str) -> None:
    session = sandbox.session(seller)
    assert sandbox.press(str(session.url), "pay").status == 303
    again = sandbox.press(f"{sandbox.url}/c/pay/{session.id}", "pay")
    assert "You will not be charged again" in again.text
    assert len(sandbox.client.v1.charges.list({}, {"stripe_account": seller}).data) == 1


def test_a_declined_card_leaves_the_session_open(sandbox: Sandbox, seller: str) -> None:
    session = sandbox.session(seller)
    page = sandbox.press(str(session.url), "decline", decline_code="insufficient_funds")
    assert page.status == 200
    assert "Your card was declined" in page.text
    found = look(sandbox, session, seller)
    assert (found["status"], found["payment_status"]) == ("open", "unpaid")
    intent = sandbox.client.v1.payment_intents.retrieve(
        found["payment_intent"], {}, {"stripe_account": seller}
    )
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error is not None
    assert intent.last_payment_error.decline_code == "insufficient_funds"
    assert events_of(sandbox, seller)[-2:] == ["charge.failed", "payment_intent.payment_failed"]
    sandbox.press(str(session.url), "pay")
    paid = look(sandbox, session, seller)
    assert (paid["payment_status"], paid["payment_intent"]) == ("paid", intent.id)


def test_three_d_secure_is_passed_or_failed(sandbox: Sandbox, seller: str) -> None:
    session = sandbox.session(seller)
    first = sandbox.press(str(session.url), "authenticate", email="bob@example.com")
    bank = first.headers["location"]
    assert sandbox.open(bank).status == 200
    intent = look(sandbox, session, seller)["payment_intent"]
    options: stripe.RequestOptions = {"stripe_account": seller}
    intents = sandbox.client.v1.payment_intents
    assert intents.retrieve(intent, {}, options).status == "requires_action"
    failed = sandbox.press(bank, "fail_authentication")
    assert "did not confirm it was you" in failed.text
    assert intents.retrieve(intent, {}, options).status == "requires_payment_method"
    assert look(sandbox, session, seller)["status"] == "open"
    sandbox.press(str(session.url), "authenticate", email="bob@example.com")
    assert sandbox.press(bank, "complete_authentication").status == 303
    paid = look(sandbox, session, seller)
    assert paid["payment_status"] == "paid"
    assert paid["customer_details"]["email"] == "bob@example.com"


@pytest.mark.parametrize(("outcome", "status"), [("succeeded", "paid"), ("failed", "unpaid")])
def test_a_bank_debit_is_known_later(
    sandbox: Sandbox, seller: str, outcome: str, status: str
) -> None:
    session = sandbox.session(seller)
    assert sandbox.press(str(session.url), "delayed").status == 303
    found = look(sandbox, session, seller)
    assert (found["status"], found["payment_status"]) == ("complete", "unpaid")
    assert events_of(sandbox, seller)[-1] == "checkout.session.completed"
    sandbox.control(f"/payment_intents/{session.id}/settle", outcome=outcome)
    assert look(sandbox, session, seller)["payment_status"] == status
    assert events_of(sandbox, seller)[-1] == f"checkout.session.async_payment_{outcome}"


def test_a_bank_debit_is_not_offered_where_only_cards_are_allowed(
    sandbox: Sandbox, seller: str
) -> None:
    session = sandbox.session(seller, allowed_payment_method_types=["card"])
    assert session.payment_method_types == ["card"]
    assert 'value="delayed"' not in sandbox.open(str(session.url)).text
    assert sandbox.press(str(session.url), "delayed").status == 400
    assert look(sandbox, session, seller)["status"] == "open"


def test_going_back_leaves_the_session_open(sandbox: Sandbox, seller: str) -> None:
    session = sandbox.session(seller)
    answer = sandbox.press(str(session.url), "cancel")
    assert (answer.status, answer.headers["location"]) == (303, "https://shop.example/cart")
    assert look(sandbox, session, seller)["status"] == "open"


def test_an_expired_session_cannot_be_paid(sandbox: Sandbox, seller: str) -> None:
    session = sandbox.session(seller)
    url = str(session.url)
    options: stripe.RequestOptions = {"stripe_account": seller}
    expired = sandbox.client.v1.checkout.sessions.expire(session.id, {}, options)
    assert (expired.status, expired.url) == ("expired", None)
    assert "has expired" in sandbox.press(url, "pay").text
    assert sandbox.client.v1.charges.list({}, options).data == []
    assert events_of(sandbox, seller) == ["checkout.session.expired"]
    with pytest.raises(stripe.InvalidRequestError, match=r"status of `expired`"):
        sandbox.client.v1.checkout.sessions.expire(session.id, {}, options)


def test_a_paid_session_cannot_be_expired(sandbox: Sandbox, seller: str) -> None:
    session = sandbox.paid(seller)
    options: stripe.RequestOptions = {"stripe_account": seller}
    with pytest.raises(stripe.InvalidRequestError, match=r"status of `complete`"):
        sandbox.client.v1.checkout.sessions.expire(session.id, {}, options)


def test_the_intent_of_a_session_cannot_be_cancelled(sandbox: Sandbox, seller: str) -> None:
    session = sandbox.session(seller)
    sandbox.press(str(session.url), "decline")
    intent = look(sandbox, session, seller)["payment_intent"]
    with pytest.raises(stripe.InvalidRequestError, match="Expire the Checkout Session"):
        sandbox.client.v1.payment_intents.cancel(intent, {}, {"stripe_account": seller})


def test_metadata_is_changed_key_by_key(sandbox: Sandbox, seller: str) -> None:
    session = sandbox.session(seller, metadata={"a": "1", "b": "2"})
    options: stripe.RequestOptions = {"stripe_account": seller}
    sessions = sandbox.client.v1.checkout.sessions
    changed = sessions.update(session.id, {"metadata": {"a": "", "c": "3"}}, options)
    assert changed.to_dict()["metadata"] == {"b": "2", "c": "3"}
    emptied = sessions.update(session.id, {"metadata": ""}, options)
    assert emptied.to_dict()["metadata"] == {}


def test_sessions_are_found_by_status_and_time(sandbox: Sandbox, seller: str) -> None:
    paid, waiting = sandbox.paid(seller), sandbox.session(seller)
    options: stripe.RequestOptions = {"stripe_account": seller}
    sessions = sandbox.client.v1.checkout.sessions

    def found(**params: Any) -> list[str]:
        return [s.id for s in sessions.list(params, options).data]  # type: ignore[arg-type]

    assert found(status="complete") == [paid.id]
    assert found(status="open") == [waiting.id]
    assert found(payment_intent=str(paid.payment_intent)) == [paid.id]
    assert found(created={"gte": paid.created}) == [waiting.id, paid.id]
    assert found(created={"gt": waiting.created}) == []


def test_something_free_needs_no_payment(sandbox: Sandbox, seller: str) -> None:
    price = {"currency": "eur", "unit_amount": 0, "product_data": {"name": "Guest list"}}
    params = session_params() | {"line_items": [{"price_data": price, "quantity": 1}]}
    del params["payment_intent_data"]
    options: stripe.RequestOptions = {"stripe_account": seller}
    session = sandbox.client.v1.checkout.sessions.create(params, options)  # type: ignore[arg-type]
    assert session.payment_status == "no_payment_required"
    sandbox.press(str(session.url), "pay")
    found = look(sandbox, session, seller)
    assert (found["status"], found["payment_status"]) == ("complete", "no_payment_required")
    assert found["payment_intent"] is None


def test_the_buyer_waits_until_the_shop_has_heard(
    sandbox: Sandbox, seller: str, hooked: Shop
) -> None:
    hooked.delay = 0.3
    session = sandbox.session(seller)
    sandbox.press(str(session.url), "pay")
    assert len(hooked.events("checkout.session.completed")) == 1


def test_a_shop_that_fails_does_not_keep_the_buyer(
    sandbox: Sandbox, seller: str, hooked: Shop
) -> None:
    hooked.statuses = [500] * 20
    session = sandbox.session(seller)
    assert sandbox.press(str(session.url), "pay").status == 303
