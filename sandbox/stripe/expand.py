"""`expand[]`: ids in an answer replaced by the objects they name."""

from typing import Any

from sandbox.stripe.context import Call
from sandbox.stripe.errors import invalid
from sandbox.stripe.paging import listing
from sandbox.stripe.store import Json

MAX_DEPTH = 4
EXPANDABLE = {
    kind: set(names.split())
    for kind, names in {
        "checkout.session": "payment_intent customer line_items",
        "payment_intent": "latest_charge customer on_behalf_of payment_method",
        "charge": "balance_transaction customer payment_intent application_fee refunds"
        " failure_balance_transaction on_behalf_of",
        "refund": "balance_transaction charge payment_intent failure_balance_transaction customer"
        " payment_method",
        "dispute": "charge payment_intent",
        "application_fee": "account balance_transaction charge originating_transaction",
        "fee_refund": "balance_transaction fee",
        "balance_transaction": "source",
        "payout": "balance_transaction failure_balance_transaction destination",
        "capability": "account",
    }.items()
}


def expanded(call: Call, answer: Json) -> Json:
    """The answer with everything that the request's `expand` names."""
    for path in call.param("expand", []):
        parts = path.split(".")
        if len(parts) > MAX_DEPTH:
            raise invalid(
                f"You cannot expand more than {MAX_DEPTH} levels of a property. Property: {path}"
            )
        _expand(call, answer, parts, path)
    return answer


def _expand(call: Call, node: Any, parts: list[str], path: str) -> None:
    if isinstance(node, list):
        for item in node:
            _expand(call, item, parts, path)
    if not isinstance(node, dict) or not parts:
        return
    name, rest = parts[0], parts[1:]
    kind = str(node.get("object", ""))
    if name in EXPANDABLE.get(kind, set()):
        node[name] = _filled(call, node, kind, name)
    elif name not in node or not rest:
        raise invalid(f"This property cannot be expanded ({path}).", "expand")
    _expand(call, node[name], rest, path)


def _filled(call: Call, node: Json, kind: str, name: str) -> Any:
    if (kind, name) == ("checkout.session", "line_items"):
        doc = call.store.find(node["id"])
        items = doc.hidden["line_items"] if doc else []
        url = f"/v1/checkout/sessions/{node['id']}/line_items"
        return listing(items[:10], url, has_more=len(items) > 10)
    if (kind, name) == ("charge", "refunds"):
        docs = call.store.select(
            "kind = 'refund' AND json_extract(body, '$.charge') = ?", [node["id"]]
        )
        url = f"/v1/charges/{node['id']}/refunds"
        return listing([doc.body for doc in docs][:10], url, has_more=len(docs) > 10)
    held = node.get(name)
    found = call.store.find(held) if isinstance(held, str) else None
    return found.body if found else held
