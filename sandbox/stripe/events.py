"""Events: a snapshot of an object when something happened to it, and whom it is sent to."""

import copy
import json

from sandbox.stripe import schema
from sandbox.stripe.context import Call, Scope
from sandbox.stripe.errors import invalid, not_found
from sandbox.stripe.ids import new_id
from sandbox.stripe.paging import Filter, page
from sandbox.stripe.store import Doc, Json

KEPT = 30 * 86_400
MAX_TYPES = 20
UNDELIVERED = "id IN (SELECT event FROM deliveries WHERE state != 'delivered')"


def emit(scope: Scope, kind: str, body: Json, previous: Json | None = None) -> Doc:
    """Records that `kind` happened to `body`, and queues a delivery to each listener."""
    event: Json = {
        "id": new_id("evt", 24),
        "object": "event",
        "api_version": schema.api_version(),
        "created": scope.now,
        "data": {"object": copy.deepcopy(body)},
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": scope.request_id, "idempotency_key": scope.idempotency_key},
        "type": kind,
    }
    if previous is not None:
        event["data"]["previous_attributes"] = previous
    if scope.connected:
        event = {
            "id": event.pop("id"),
            "object": event.pop("object"),
            "account": scope.account,
            **event,
        }
    listeners = _listeners(scope, kind)
    event["pending_webhooks"] = len(listeners)
    doc = scope.add(event)
    for endpoint in listeners:
        scope.store.run(
            "INSERT INTO deliveries (event, endpoint, account, type, state, next_at, created)"
            " VALUES (?, ?, ?, ?, 'pending', ?, ?)",
            (doc.id, endpoint.id, scope.account, kind, scope.now, scope.now),
        )
    return doc


def _listeners(scope: Scope, kind: str) -> list[Doc]:
    endpoints = scope.store.select(
        "account = ? AND kind = 'webhook_endpoint'", [scope.platform], order="seq"
    )
    return [
        endpoint
        for endpoint in endpoints
        if endpoint.hidden["connect"] == scope.connected
        and endpoint.body["status"] == "enabled"
        and {"*", kind} & set(endpoint.body["enabled_events"])
    ]


def changes(before: Json, after: Json) -> Json:
    """`previous_attributes`: the old values of what is different now."""
    result: Json = {}
    for name, old in before.items():
        new = after.get(name)
        if old == new:
            continue
        both = isinstance(old, dict) and isinstance(new, dict)
        result[name] = changes(old, new or {}) if both else old
    return result | {name: None for name in after if name not in before}


def shown(scope: Scope, body: Json) -> Json:
    """An event with the number of endpoints that have not taken it yet."""
    row = scope.store.row(
        "SELECT COUNT(*) FROM deliveries WHERE event = ? AND state = 'pending'", (body["id"],)
    )
    return body | {"pending_webhooks": row[0]}


def retrieve(call: Call) -> Json:
    event = call.get("event", call.path["id"])
    if event.body["created"] < call.now - KEPT:
        raise not_found("event", event.id)
    return shown(call, event.body)


def list_events(call: Call) -> Json:
    only = Filter().created(call.param("created"))
    only.add("created >= ?", call.now - KEPT)
    _by_type(call, only)
    success = call.param("delivery_success")
    if success is not None:
        only.add(UNDELIVERED.replace(" IN ", " NOT IN ") if success else UNDELIVERED)
    answer = page(call, "event", "/v1/events", only)
    return answer | {"data": [shown(call, event) for event in answer["data"]]}


def _by_type(call: Call, only: Filter) -> None:
    types, single = call.param("types"), call.param("type")
    if types and single:
        raise invalid("You cannot provide both `type` and `types`.", "types")
    if types and len(types) > MAX_TYPES:
        raise invalid(f"You can filter by at most {MAX_TYPES} event types.", "types")
    patterns = types or ([single] if single else [])
    if patterns:
        matches = " OR ".join("tag GLOB ?" for _ in patterns)
        only.add(f"({matches})", *patterns)


def payload(event: Doc, pending: int) -> bytes:
    """What is sent to an endpoint: indented, as Stripe sends it."""
    return json.dumps(event.body | {"pending_webhooks": pending}, indent=2).encode()
