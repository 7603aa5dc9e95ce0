"""Connected accounts: made, read, changed, rejected and deleted by their platform."""

import copy

from sandbox.stripe.accounts import capabilities, controller
from sandbox.stripe.accounts.shape import CURRENCIES, bank_account, new_account
from sandbox.stripe.checkout.rules import check_email
from sandbox.stripe.context import Call, Scope
from sandbox.stripe.errors import ApiError, account_invalid, conflict, invalid, not_simulated
from sandbox.stripe.ids import new_id
from sandbox.stripe.metadata import merged_metadata
from sandbox.stripe.paging import Filter, page
from sandbox.stripe.payments import ledger
from sandbox.stripe.store import Doc, Json
from sandbox.stripe.urls import check_url

NOT_SIMULATED = ("account_token", "documents", "groups")
ECHOED = ("business_type", "company", "individual", "default_currency", "email")


def create(call: Call) -> Json:
    _only_platforms(call)
    kind, controls = controller.read(call.params)
    country = call.param("country", "US")
    if country not in CURRENCIES:
        raise invalid(
            f"Country '{country}' is unknown. Try using a 2-character alphanumeric country code"
            f" instead,"
            " such as 'US', 'EG', or 'GB'.",
            "country",
            "country_unsupported",
        )
    body = new_account(new_id("acct", 16), kind, controls, country, call.now)
    account = Doc(call.platform, body, {"standing": "new", "requested": {}})
    _apply(call, account)
    capabilities.refresh(account)
    return call.store.insert(account).body


def _only_platforms(call: Call) -> None:
    if call.connected:
        raise ApiError(
            "This endpoint does not allow impersonation as a Connected Account.", status=403
        )


def _apply(call: Call, account: Doc) -> None:
    """Takes over what the request says about an account. Raises ApiError."""
    for name in NOT_SIMULATED:
        if call.param(name):
            raise not_simulated(f"the parameter {name}", name)
    if call.param("email"):
        check_email(call.param("email"), "email")
    profile = call.param("business_profile") or {}
    for name in ("url", "support_url"):
        if profile.get(name):
            check_url(profile[name], f"business_profile[{name}]")
    account.body["business_profile"] |= profile
    account.body |= {name: call.param(name) for name in ECHOED if name in call.params}
    if "metadata" in call.params:
        account.body["metadata"] = merged_metadata(account.body["metadata"], call.param("metadata"))
    _merge(account.body["settings"], call.param("settings") or {})
    _accept_terms(call, account)
    _add_bank(call, account)
    capabilities.ask(call, account, call.param("capabilities") or {})
    _verify_what_was_told(account)


def _accept_terms(call: Call, account: Doc) -> None:
    terms = call.param("tos_acceptance")
    if not terms:
        return
    by_stripe = account.body["controller"].get("requirement_collection") == "stripe"
    if by_stripe and (terms.get("date") or terms.get("ip")):
        raise invalid(
            "You cannot accept the Terms of Service on behalf of Standard and Express connected"
            " accounts.",
            "tos_acceptance",
        )
    account.body["tos_acceptance"] |= terms


def _add_bank(call: Call, account: Doc) -> None:
    if call.param("external_account"):
        add_bank(call, account)


def add_bank(scope: Scope, account: Doc) -> None:
    country, currency = account.body["country"], account.body["default_currency"]
    bank = bank_account(account.id, new_id("ba", 24), country, currency)
    account.body["external_accounts"]["data"] = [bank]


def _verify_what_was_told(account: Doc) -> None:
    """An account whose platform collects the details is verified once they are all there."""
    body = account.body
    told = (body.get("individual") or body.get("company")) and body["external_accounts"]["data"]
    if body["controller"].get("requirement_collection") == "application" and told:
        account.hidden["standing"] = "verified" if body["tos_acceptance"]["date"] else "new"


def _merge(held: Json, change: Json) -> None:
    for name, value in change.items():
        if isinstance(value, dict) and isinstance(held.get(name), dict):
            _merge(held[name], value)
        else:
            held[name] = value


def find_account(call: Call, account_id: str) -> Doc:
    """One of the platform's accounts. Raises 403 `account_invalid` for any other."""
    found = call.of(call.platform).find("account", account_id)
    if found is None or found.hidden.get("gone"):
        raise account_invalid(call.key_hint, account_id)
    if call.connected and account_id != call.account:
        raise account_invalid(call.key_hint, account_id)
    return found


def retrieve(call: Call) -> Json:
    if call.path["account"] == call.platform:
        return retrieve_current(call.of(call.platform))  # type: ignore[arg-type]
    return find_account(call, call.path["account"]).body


def retrieve_current(call: Call) -> Json:
    found = call.store.find(call.account, kind="account")
    if found is None:
        raise account_invalid(call.key_hint, call.account)
    return found.body


def list_all(call: Call) -> Json:
    only = Filter().created(call.param("created"))
    only.add("json_extract(hidden, '$.gone') IS NULL")
    return page(call, "account", "/v1/accounts", only)


def update(call: Call) -> Json:
    account = find_account(call, call.path["account"])
    before, held = copy.deepcopy(account.body), copy.deepcopy(account.hidden)
    _apply(call, account)
    if account.body != before or account.hidden != held:
        capabilities.announce(call, account, before)
    return account.body


def delete(call: Call) -> Json:
    _only_platforms(call)
    account = find_account(call, call.path["account"])
    own = call.of(account.id)
    rows = call.store.rows("SELECT currency FROM balances WHERE account = ?", (account.id,))
    if any(sum(ledger.held(own, row[0])) for row in rows):
        raise conflict(
            f"The account {account.id} cannot be deleted while its balance is not zero.", "account"
        )
    account.hidden["gone"] = "deleted"
    call.save(account)
    return {"id": account.id, "object": "account", "deleted": True}


def reject(call: Call) -> Json:
    account = find_account(call, call.path["account"])
    reason = call.param("reason")
    if reason not in {"fraud", "terms_of_service", "other"}:
        raise invalid("Invalid reason: must be one of fraud, terms_of_service, or other", "reason")
    capabilities.move_to(call, account, "rejected", f"rejected.{reason}")
    return account.body
