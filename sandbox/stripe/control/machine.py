"""Controls of the sandbox itself: its clock, its faults, its settings, its deliveries."""

from dataclasses import asdict
from typing import Any

from sandbox.stripe import clock, deliveries, faults, webhooks
from sandbox.stripe.context import Call
from sandbox.stripe.errors import invalid, not_found
from sandbox.stripe.store import Json
from sandbox.stripe.urls import check_url

FURTHEST = 10 * 366 * 86_400
MOST_TIMES = 1000
SETTINGS: dict[str, tuple[type, Any]] = {
    "refunds_need_balance": (bool, False),
    "funds_delay": (int, 172_800),
    "requests_per_second": (int, 0),
}


def show_clock(call: Call) -> Json:
    return {"now": clock.now(call.store), "offset": clock.offset(call.store)}


def move_clock(call: Call) -> Json:
    """`{"advance": seconds}` or `{"to": epoch}`; time never runs back."""
    if "to" in call.params:
        seconds = _whole(call, "to") - clock.now(call.store)
    else:
        seconds = _whole(call, "advance")
    if not 0 <= seconds <= FURTHEST:
        raise invalid("The clock only moves forward, and at most ten years at once.")
    clock.move(call.store, seconds)
    return show_clock(call)


def _whole(call: Call, name: str) -> int:
    value = call.param(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid(f"'{name}' must be a whole number of seconds.", name)
    return value


def list_faults(call: Call) -> Json:
    return {"faults": [asdict(fault) for fault in faults.listed(call.store)]}


def add_fault(call: Call) -> Json:
    return asdict(faults.add(call.store, call.params))


def clear_faults(call: Call) -> Json:
    faults.clear(call.store, call.path.get("id"))
    return list_faults(call)


def show_settings(call: Call) -> Json:
    return {name: call.store.setting(name, default) for name, (_, default) in SETTINGS.items()}


def change_settings(call: Call) -> Json:
    for name, value in call.params.items():
        if name not in SETTINGS or type(value) is not SETTINGS[name][0]:
            raise invalid(f"Known settings: {', '.join(SETTINGS)}.", name)
        call.store.set_setting(name, value)
    return show_settings(call)


def list_endpoints(call: Call) -> Json:
    docs = call.store.select("kind = 'webhook_endpoint'", [], order="seq")
    return {"webhook_endpoints": [doc.body | doc.hidden for doc in docs]}


def put_endpoint(call: Call) -> Json:
    """Makes the endpoint, or brings the one with this url and `connect` to what is asked."""
    url, secret = str(call.param("url", "")), str(call.param("secret", ""))
    connect = bool(call.param("connect", False))
    enabled = call.param("enabled_events", ["*"])
    check_url(url, "url")
    if not secret.startswith("whsec_"):
        raise invalid("The secret must start with whsec_.", "secret")
    for doc in call.store.select("kind = 'webhook_endpoint'", []):
        if doc.body["url"] == url and doc.hidden["connect"] == connect:
            doc.body |= {"enabled_events": enabled, "status": "enabled"}
            doc.hidden["secret"] = secret
            call.save(doc)
            return doc.body | doc.hidden
    doc = webhooks.new_endpoint(
        call, url=url, enabled_events=enabled, connect=connect, secret=secret
    )
    return doc.body | doc.hidden


def list_deliveries(call: Call) -> Json:
    names = (
        "id",
        "event",
        "endpoint",
        "account",
        "type",
        "state",
        "attempts",
        "next_at",
        "last_status",
    )
    rows = call.store.rows(
        f"SELECT {', '.join(names)} FROM deliveries WHERE (?1 IS NULL OR event = ?1)"  # noqa: S608
        " AND (?2 IS NULL OR state = ?2) ORDER BY id DESC LIMIT 200",
        (call.param("event"), call.param("state")),
    )
    return {"deliveries": [dict(zip(names, row, strict=True)) for row in rows]}


def redeliver(call: Call) -> Json:
    event = call.store.find(call.path["id"], kind="event")
    if event is None:
        raise not_found("event", call.path["id"])
    times = call.param("times", 1)
    if type(times) is not int or not 1 <= times <= MOST_TIMES:
        raise invalid(f"'times' must be a whole number up to {MOST_TIMES}.", "times")
    return {"queued": deliveries.redeliver(call.store, event.id, times, call.now)}
