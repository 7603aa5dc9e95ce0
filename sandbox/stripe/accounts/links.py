"""Links to Stripe's own pages for a connected account: onboarding and the Express dashboard."""

from sandbox.stripe.accounts import api, capabilities
from sandbox.stripe.context import Call
from sandbox.stripe.errors import conflict, invalid, missing
from sandbox.stripe.ids import token
from sandbox.stripe.store import Json
from sandbox.stripe.urls import check_url

LIVES = 300


def create_account_link(call: Call) -> Json:
    """A link that opens once, and within five minutes."""
    account = api.find_account(call, call.param("account"))
    for name in ("refresh_url", "return_url"):
        if not call.param(name):
            raise missing(name)
        check_url(call.param(name), name)
    if call.param("collect") and call.param("collection_options"):
        raise invalid(
            "You may only specify one of these parameters: collect, collection_options.", "collect"
        )
    collects = account.body["controller"]["requirement_collection"]
    if call.param("type") == "account_update" and collects != "application":
        raise invalid(
            "You cannot create `account_update` type Account Links for this account.", "type"
        )
    secret = token(12)
    link: Json = {
        "object": "account_link",
        "created": call.now,
        "expires_at": call.now + LIVES,
        "url": f"{call.public_url}/setup/c/{account.id}/{secret}",
    }
    hidden = {
        "account": account.id,
        "refresh_url": call.param("refresh_url"),
        "return_url": call.param("return_url"),
        "opened": False,
    }
    call.of(call.platform).add({"id": f"alink_{secret}", **link}, hidden)
    return link


def create_login_link(call: Call) -> Json:
    account = api.find_account(call, call.path["account"])
    if account.body["controller"]["stripe_dashboard"]["type"] != "express":
        raise conflict(
            "Cannot create a login link for an account that does not have access to the Express"
            " Dashboard."
        )
    if capabilities.standing(account) == "new":
        raise conflict(
            "Cannot create a login link for an account that has not completed onboarding."
        )
    url = f"{call.public_url}/express/{account.id}/{token(12)}"
    return {"object": "login_link", "created": call.now, "url": url}
