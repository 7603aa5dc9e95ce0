"""Connected accounts: made, onboarded by a link, restricted, taken away."""

from __future__ import annotations

import pytest
import stripe

from tests.contract.outside import Sandbox, Shop, error_of, session_params

RETURN, REFRESH = "https://shop.example/return", "https://shop.example/refresh"


def new_account(client: stripe.StripeClient, kind: str = "express") -> stripe.Account:
    return client.v1.accounts.create(
        {
            "type": kind,
            "country": "DE",
            "email": "alice@example.com",
            "capabilities": {
                "card_payments": {"requested": True},
                "transfers": {"requested": True},
            },
        }
    )


def new_link(client: stripe.StripeClient, account: str) -> str:
    link = client.v1.account_links.create(
        {
            "account": account,
            "type": "account_onboarding",
            "return_url": RETURN,
            "refresh_url": REFRESH,
        }
    )
    assert link.expires_at - link.created == 300
    return link.url


def test_a_new_account_can_do_nothing_yet(client: stripe.StripeClient) -> None:
    account = new_account(client)
    assert account.id.startswith("acct_")
    assert (account.type, account.country, account.default_currency) == ("express", "DE", "eur")
    assert not account.charges_enabled
    assert not account.payouts_enabled
    assert not account.details_submitted
    assert account.capabilities is not None
    assert account.capabilities.card_payments == "inactive"
    assert account.requirements is not None
    assert account.requirements.disabled_reason == "requirements.past_due"
    assert "external_account" in (account.requirements.currently_due or [])
    assert account.controller is not None
    assert account.controller.fees is not None
    assert account.controller.fees.payer == "application_express"


def test_onboarding_enables_an_account(sandbox: Sandbox, hooked: Shop) -> None:
    account = new_account(sandbox.client)
    opened = sandbox.open(new_link(sandbox.client, account.id))
    assert opened.status == 303
    page = sandbox.open(opened.headers["location"])
    assert page.status == 200
    assert "Complete onboarding" in page.text
    done = sandbox.press(opened.headers["location"], "complete", business_name="Arena")
    assert (done.status, done.headers["location"]) == (303, RETURN)
    found = sandbox.client.v1.accounts.retrieve(account.id)
    assert found.charges_enabled
    assert found.payouts_enabled
    assert found.details_submitted
    assert found.requirements is not None
    assert found.requirements.currently_due == []
    assert found.business_profile is not None
    assert found.business_profile.name == "Arena"
    told = hooked.wait_for("account.updated")[0]
    assert told["account"] == account.id
    assert told["data"]["object"]["charges_enabled"] is True
    assert told["data"]["previous_attributes"]["charges_enabled"] is False


def test_a_link_opens_once(sandbox: Sandbox) -> None:
    account = new_account(sandbox.client)
    link = new_link(sandbox.client, account.id)
    visit = sandbox.open(link).headers["location"]
    assert sandbox.open(link).headers["location"] == REFRESH
    assert sandbox.open(visit).status == 200  # the page itself may be loaded again


def test_leaving_onboarding_changes_nothing(sandbox: Sandbox) -> None:
    account = new_account(sandbox.client)
    visit = sandbox.open(new_link(sandbox.client, account.id)).headers["location"]
    assert sandbox.press(visit, "later").headers["location"] == RETURN
    assert sandbox.client.v1.accounts.retrieve(account.id).details_submitted is False


def test_verification_may_take_a_while(sandbox: Sandbox) -> None:
    account = new_account(sandbox.client)
    visit = sandbox.open(new_link(sandbox.client, account.id)).headers["location"]
    sandbox.press(visit, "pending")
    found = sandbox.client.v1.accounts.retrieve(account.id)
    assert found.details_submitted
    assert not found.charges_enabled
    assert found.requirements is not None
    assert found.requirements.disabled_reason == "requirements.pending_verification"
    sandbox.control(f"/accounts/{account.id}/enable")
    assert sandbox.client.v1.accounts.retrieve(account.id).charges_enabled


def test_an_account_that_is_not_onboarded_cannot_sell(
    sandbox: Sandbox, client: stripe.StripeClient
) -> None:
    account = new_account(client)
    with pytest.raises(stripe.InvalidRequestError, match="No valid payment method types"):
        sandbox.session(account.id)


def test_a_restricted_account_takes_no_payment_on_a_page_that_is_open(
    sandbox: Sandbox, seller: str
) -> None:
    session = sandbox.session(seller)
    sandbox.control(f"/accounts/{seller}/restrict")
    answer = sandbox.press(str(session.url), "pay")
    assert "cannot take payments" in answer.text
    charges = sandbox.client.v1.charges.list({}, {"stripe_account": seller})
    assert charges.data == []


def test_a_deauthorized_account_is_heard_of_once_more_and_then_forbidden(
    sandbox: Sandbox, hooked: Shop
) -> None:
    seller = sandbox.seller()
    sandbox.control(f"/accounts/{seller}/deauthorize")
    told = hooked.wait_for("account.application.deauthorized")[0]
    assert told["account"] == seller
    assert told["data"]["object"]["object"] == "application"
    with pytest.raises(stripe.PermissionError) as refused:
        sandbox.session(seller)
    assert error_of(refused.value)["code"] == "account_invalid"


def test_the_full_dashboard_goes_with_fees_paid_by_the_account(
    client: stripe.StripeClient,
) -> None:
    account = client.v1.accounts.create(
        {
            "country": "DE",
            "controller": {
                "fees": {"payer": "account"},
                "losses": {"payments": "stripe"},
                "stripe_dashboard": {"type": "full"},
            },
        }
    )
    assert account.type == "none"
    assert account.controller is not None
    assert account.controller.requirement_collection == "stripe"
    with pytest.raises(stripe.InvalidRequestError, match="Express Dashboard"):
        client.v1.accounts.login_links.create(account.id)


def test_a_login_link_needs_a_finished_onboarding(
    sandbox: Sandbox, client: stripe.StripeClient, seller: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="has not completed onboarding"):
        client.v1.accounts.login_links.create(new_account(client).id)
    link = client.v1.accounts.login_links.create(seller)
    assert sandbox.open(link.url).status == 200


def test_a_deleted_account_is_gone(client: stripe.StripeClient) -> None:
    account = new_account(client)
    assert client.v1.accounts.delete(account.id).deleted is True
    with pytest.raises(stripe.PermissionError):
        client.v1.accounts.retrieve(account.id)
    assert account.id not in [a.id for a in client.v1.accounts.list({"limit": 100}).data]


def test_an_account_with_money_cannot_be_deleted(
    sandbox: Sandbox, client: stripe.StripeClient, seller: str
) -> None:
    sandbox.paid(seller)
    with pytest.raises(stripe.InvalidRequestError, match="its balance is not zero"):
        client.v1.accounts.delete(seller)
    assert client.v1.accounts.retrieve(seller).charges_enabled


def test_the_platform_sells_too_but_takes_no_fee_from_itself(
    client: stripe.StripeClient,
) -> None:
    params = session_params()
    del params["payment_intent_data"]
    session = client.v1.checkout.sessions.create(params)  # type: ignore[arg-type]
    assert session.status == "open"
