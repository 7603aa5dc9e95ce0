"""Webhook endpoints: who wants to hear of what."""

from sandbox.stripe import schema
from sandbox.stripe.context import Call
from sandbox.stripe.errors import conflict, not_simulated
from sandbox.stripe.ids import new_id, token
from sandbox.stripe.metadata import merged_metadata
from sandbox.stripe.paging import page
from sandbox.stripe.store import Doc, Json
from sandbox.stripe.urls import check_url

MOST = 16


def create(call: Call) -> Json:
    """The only answer that shows the endpoint's secret."""
    if call.connected:
        raise not_simulated("webhook endpoints that a connected account has of its own")
    check_url(call.param("url"), "url")
    if (
        call.store.row(
            "SELECT COUNT(*) FROM objects WHERE account = ? AND kind = 'webhook_endpoint'",
            (call.account,),
        )[0]
        >= MOST
    ):
        raise conflict(f"You have reached the maximum of {MOST} test webhook endpoints.")
    version = call.param("api_version")
    if version and version != schema.api_version():
        raise not_simulated(f"events of API version {version}", "api_version")
    doc = new_endpoint(
        call,
        url=call.param("url"),
        enabled_events=call.param("enabled_events"),
        connect=bool(call.param("connect")),
        secret=f"whsec_{token(32)}",
    )
    doc.body |= {
        "api_version": version,
        "description": call.param("description") or None,
        "metadata": merged_metadata({}, call.param("metadata", {})),
    }
    call.save(doc)
    return doc.body | {"secret": doc.hidden["secret"]}


def new_endpoint(
    call: Call, *, url: str, enabled_events: list[str], connect: bool, secret: str
) -> Doc:
    body: Json = {
        "id": new_id("we", 24),
        "object": "webhook_endpoint",
        "api_version": None,
        "application": call.application if connect else None,
        "created": call.now,
        "description": None,
        "enabled_events": enabled_events,
        "livemode": False,
        "metadata": {},
        "status": "enabled",
        "url": url,
    }
    return call.add(body, {"connect": connect, "secret": secret})


def _endpoint(call: Call) -> Doc:
    return call.get("webhook_endpoint", call.path["webhook_endpoint"], "webhook_endpoint")


def retrieve(call: Call) -> Json:
    return _endpoint(call).body


def list_all(call: Call) -> Json:
    return page(call, "webhook_endpoint", "/v1/webhook_endpoints")


def update(call: Call) -> Json:
    doc = _endpoint(call)
    if "url" in call.params:
        check_url(call.param("url"), "url")
    for name in ("url", "enabled_events", "description"):
        if name in call.params:
            doc.body[name] = call.param(name)
    if "disabled" in call.params:
        doc.body["status"] = "disabled" if call.param("disabled") else "enabled"
    if "metadata" in call.params:
        doc.body["metadata"] = merged_metadata(doc.body["metadata"], call.param("metadata"))
    call.save(doc)
    return doc.body


def delete(call: Call) -> Json:
    doc = _endpoint(call)
    call.store.delete(doc)
    call.store.run("DELETE FROM deliveries WHERE endpoint = ? AND state = 'pending'", (doc.id,))
    return {"id": doc.id, "object": "webhook_endpoint", "deleted": True}
