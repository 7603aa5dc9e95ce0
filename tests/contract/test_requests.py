"""What holds for every request: keys, versions, addresses, headers, and the shape of errors."""

from __future__ import annotations

import base64
import re

import pytest
import stripe

from tests.contract.outside import KEY, Sandbox


def test_a_key_is_taken_as_bearer_and_as_basic(sandbox: Sandbox) -> None:
    basic = base64.b64encode(f"{KEY}:".encode()).decode()
    as_bearer = sandbox.http("GET", "/v1/account", Authorization=f"Bearer {KEY}")
    as_basic = sandbox.http("GET", "/v1/account", Authorization=f"Basic {basic}")
    assert as_bearer.status == as_basic.status == 200
    assert as_bearer.json == as_basic.json


@pytest.mark.parametrize(
    ("header", "code", "message"),
    [
        (None, None, "You did not provide an API key."),
        ("Bearer ", None, "You did not provide an API key."),
        ("Bearer nonsense-1234", None, "Invalid API Key provided: *********1234"),
        ("Bearer sk_live_abcdef", None, "Invalid API Key provided: sk_live_**cdef"),
        ("Bearer pk_test_abcdef", "secret_key_required", "This API call cannot be made with"),
    ],
)
def test_a_request_without_a_good_key_is_unauthorized(
    sandbox: Sandbox, header: str | None, code: str | None, message: str
) -> None:
    headers = {"Authorization": header} if header else {}
    answer = sandbox.http("GET", "/v1/account", **headers)
    assert answer.status == 401
    assert answer.error["message"].startswith(message)
    assert answer.error["type"] == "invalid_request_error"
    assert answer.error.get("code") == code
    assert answer.headers["www-authenticate"] == 'Basic realm="Stripe"'


def test_the_sdk_sees_a_bad_key_as_an_authentication_error(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.AuthenticationError):
        sandbox.client_for("wrong").v1.balance.retrieve()


def test_an_error_tells_all_that_stripe_tells(sandbox: Sandbox) -> None:
    answer = sandbox.api("GET", "/v1/charges/ch_none")
    request_id = answer.headers["request-id"]
    assert re.fullmatch(r"req_[A-Za-z0-9]{14}", request_id)
    log_url = answer.error["request_log_url"]
    assert log_url.startswith(f"https://dashboard.stripe.com/test/logs/{request_id}?t=")
    assert answer.status == 404
    expected = {
        "code": "resource_missing",
        "doc_url": "https://stripe.com/docs/error-codes/resource-missing",
        "message": "No such charge: 'ch_none'",
        "param": "id",
        "type": "invalid_request_error",
    }
    found = answer.json["error"]
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/unicorns"),
        ("GET", "/v1"),
        ("PUT", "/v1/charges"),
        ("DELETE", "/v1/refunds/re_1"),
        ("POST", "/v1/events"),
        ("GET", "/v1/charges/"),
    ],
)
def test_an_address_stripe_does_not_have_is_not_recognised(
    sandbox: Sandbox, method: str, path: str
) -> None:
    answer = sandbox.api(method, path)
    assert answer.status == 404
    assert answer.error["type"] == "invalid_request_error"
    assert answer.error["message"].startswith(f"Unrecognized request URL ({method}: {path}).")


@pytest.mark.parametrize("path", ["/v1/subscriptions", "/v1/products", "/v2/core/accounts"])
def test_an_address_stripe_has_and_the_sandbox_has_not_is_said_to_be_so(
    sandbox: Sandbox, path: str
) -> None:
    answer = sandbox.api("GET", path)
    assert (answer.status, answer.error["code"]) == (400, "sandbox_not_simulated")


def test_the_version_of_the_sdk_is_spoken_and_named(sandbox: Sandbox) -> None:
    answer = sandbox.api("GET", "/v1/account", Stripe_Version=stripe.api_version)
    assert answer.status == 200
    assert answer.headers["stripe-version"] == stripe.api_version


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("tomorrow", "Invalid Stripe API version: tomorrow"),
        ("2020-08-27", f"The sandbox speaks Stripe's API version {stripe.api_version} only"),
    ],
)
def test_another_version_is_refused(sandbox: Sandbox, version: str, message: str) -> None:
    answer = sandbox.api("GET", "/v1/account", Stripe_Version=version)
    assert answer.status == 400
    assert answer.error["message"].startswith(message)


def test_a_json_body_is_refused(sandbox: Sandbox) -> None:
    answer = sandbox.api("POST", "/v1/customers", "{}", Content_Type="application/json")
    assert answer.status == 400
    assert "application/x-www-form-urlencoded" in answer.error["message"]


def test_a_list_is_paged_in_both_directions(sandbox: Sandbox, seller: str) -> None:
    made = [sandbox.session(seller).id for _ in range(5)]
    newest_first = made[::-1]
    options: stripe.RequestOptions = {"stripe_account": seller}
    sessions = sandbox.client.v1.checkout.sessions
    first = sessions.list({"limit": 2}, options)
    assert [s.id for s in first.data] == newest_first[:2]
    assert first.has_more
    second = sessions.list({"limit": 3, "starting_after": newest_first[1]}, options)
    assert [s.id for s in second.data] == newest_first[2:]
    assert not second.has_more
    back = sessions.list({"limit": 1, "ending_before": newest_first[2]}, options)
    assert [s.id for s in back.data] == [newest_first[1]]
    assert back.has_more
    assert [s.id for s in sessions.list({"limit": 2}, options).auto_paging_iter()] == newest_first


def test_what_is_asked_for_is_expanded(sandbox: Sandbox, seller: str) -> None:
    session = sandbox.paid(seller)
    found = sandbox.client.v1.checkout.sessions.retrieve(
        session.id,
        {"expand": ["payment_intent.latest_charge.balance_transaction", "line_items"]},
        {"stripe_account": seller},
    ).to_dict()
    charge = found["payment_intent"]["latest_charge"]
    assert charge["balance_transaction"]["amount"] == 9000
    assert found["line_items"]["data"][0]["quantity"] == 2
    listed = sandbox.api(
        "GET",
        "/v1/charges?expand[]=data.payment_intent",
        Stripe_Account=seller,
    )
    assert listed.json["data"][0]["payment_intent"]["object"] == "payment_intent"


def test_a_connected_account_that_is_not_ours_is_forbidden(sandbox: Sandbox) -> None:
    answer = sandbox.api("GET", "/v1/balance", Stripe_Account="acct_1None")
    assert (answer.status, answer.error["code"]) == (403, "account_invalid")
    with pytest.raises(stripe.PermissionError):
        sandbox.client.v1.accounts.retrieve("acct_1None")


def test_objects_of_one_account_do_not_exist_in_another(sandbox: Sandbox, seller: str) -> None:
    session = sandbox.paid(seller)
    other = sandbox.seller()
    for headers in ({}, {"Stripe_Account": other}):
        answer = sandbox.api("GET", f"/v1/checkout/sessions/{session.id}", **headers)
        assert (answer.status, answer.error["code"]) == (404, "resource_missing")
        form = f"payment_intent={session.payment_intent}"
        refund = sandbox.api("POST", "/v1/refunds", form, **headers)
        assert (refund.status, refund.error["code"]) == (400, "resource_missing")
    mine = sandbox.api("GET", f"/v1/checkout/sessions/{session.id}", Stripe_Account=seller)
    assert mine.json["id"] == session.id


def test_a_request_that_is_too_large_is_refused(sandbox: Sandbox) -> None:
    answer = sandbox.api("POST", "/v1/customers", "name=" + "x" * 1_000_001)
    assert answer.status == 413
