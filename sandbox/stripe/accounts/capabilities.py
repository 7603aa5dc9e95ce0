"""What an account may do, and what it still has to tell before it may."""

import copy

from sandbox.stripe import events
from sandbox.stripe.context import Call, Scope
from sandbox.stripe.errors import not_found
from sandbox.stripe.paging import listing
from sandbox.stripe.store import Doc, Json

DUE = [
    "business_profile.mcc",
    "business_profile.url",
    "business_type",
    "external_account",
    "representative.first_name",
    "representative.last_name",
    "tos_acceptance.date",
    "tos_acceptance.ip",
]
RESTRICTED_DUE = ["individual.verification.document"]
# An account's standing: `new` until its details are given, then `pending` or `verified`;
# `restricted` and
# `rejected` are Stripe's doing.
STATUS = {
    "new": "inactive",
    "pending": "pending",
    "verified": "active",
    "restricted": "inactive",
    "rejected": "inactive",
}
DISABLED = {
    "new": "requirements.past_due",
    "pending": "requirements.pending_verification",
    "restricted": "requirements.past_due",
    "rejected": "rejected.fraud",
}


def standing(account: Doc) -> str:
    return str(account.hidden["standing"])


def refresh(account: Doc) -> None:
    """Brings everything that follows from the account's standing and requests up to date."""
    now_standing = standing(account)
    status = STATUS[now_standing]
    account.body["capabilities"] = dict.fromkeys(account.hidden["requested"], status)
    active = status == "active"
    may_charge = (
        "card_payments" in account.hidden["requested"] or account.body["type"] == "standard"
    )
    account.body |= {
        "charges_enabled": active and may_charge,
        "payouts_enabled": active,
        "details_submitted": now_standing != "new",
        "requirements": _requirements(account, now_standing),
        "future_requirements": _empty_requirements(),
    }


def _requirements(account: Doc, now_standing: str) -> Json:
    due = {"new": DUE, "restricted": RESTRICTED_DUE}.get(now_standing, [])
    return _empty_requirements() | {
        "currently_due": list(due),
        "eventually_due": list(due),
        "past_due": list(due),
        "pending_verification": ["individual.id_number"] if now_standing == "pending" else [],
        "disabled_reason": account.hidden.get("disabled_reason") or DISABLED.get(now_standing),
    }


def _empty_requirements() -> Json:
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": [],
        "disabled_reason": None,
        "errors": [],
        "eventually_due": [],
        "past_due": [],
        "pending_verification": [],
    }


def move_to(scope: Scope, account: Doc, wanted: str, reason: str | None = None) -> None:
    """Gives the account another standing and tells its platform."""
    before = copy.deepcopy(account.body)
    account.hidden["standing"] = wanted
    account.hidden["disabled_reason"] = reason
    announce(scope, account, before)


def announce(scope: Scope, account: Doc, before: Json) -> None:
    """Saves the account and sends `account.updated`, and `capability.updated` where one changed."""
    refresh(account)
    scope.save(account)
    own = scope.of(account.id)
    previous = events.changes(before, account.body)
    events.emit(own, "account.updated", account.body, previous)
    held = before.get("capabilities") or {}
    for name, status in account.body["capabilities"].items():
        if held.get(name) != status:
            events.emit(own, "capability.updated", shape(account, name), {"status": held.get(name)})


def can_charge(scope: Scope) -> bool:
    account = scope.store.find(scope.account, kind="account")
    return account is not None and bool(account.body["charges_enabled"])


def shape(account: Doc, name: str) -> Json:
    requested_at = account.hidden["requested"].get(name)
    requirements = account.body["requirements"]
    return {
        "id": name,
        "object": "capability",
        "account": account.id,
        "future_requirements": account.body["future_requirements"],
        "requested": requested_at is not None,
        "requested_at": requested_at,
        "requirements": requirements,
        "status": account.body["capabilities"].get(name, "unrequested"),
    }


# the API


def _account(call: Call) -> Doc:
    return call.of(call.platform).get("account", call.path["account"])


def list_all(call: Call) -> Json:
    account = _account(call)
    data = [shape(account, name) for name in sorted(account.hidden["requested"])]
    return listing(data, f"/v1/accounts/{account.id}/capabilities")


def retrieve(call: Call) -> Json:
    account = _account(call)
    name = call.path["capability"]
    if name not in account.hidden["requested"]:
        raise not_found("capability", name, "capability")
    return shape(account, name)


def update(call: Call) -> Json:
    account = _account(call)
    if "requested" in call.params:
        request(call, account, {call.path["capability"]: {"requested": call.param("requested")}})
    return shape(account, call.path["capability"])


def request(call: Call, account: Doc, wanted: Json) -> None:
    before = copy.deepcopy(account.body)
    ask(call, account, wanted)
    announce(call, account, before)


def ask(scope: Scope, account: Doc, wanted: Json) -> None:
    for name, choice in wanted.items():
        if choice and choice.get("requested") is True:
            account.hidden["requested"].setdefault(name, scope.now)
        elif choice and choice.get("requested") is False:
            account.hidden["requested"].pop(name, None)
