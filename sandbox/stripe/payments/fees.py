"""Application fees: what the platform keeps of a direct charge, and what it gives back of that."""

from sandbox.stripe import events
from sandbox.stripe.context import Call, Scope
from sandbox.stripe.errors import conflict, invalid, not_found
from sandbox.stripe.ids import new_id
from sandbox.stripe.metadata import merged_metadata
from sandbox.stripe.money import shown
from sandbox.stripe.paging import Filter, listing, page
from sandbox.stripe.payments import ledger
from sandbox.stripe.store import Doc, Json


def collect(scope: Scope, charge: Json, amount: int, available_on: int) -> Doc:
    """The fee of a charge on `scope.account`, booked on the platform."""
    platform = scope.of(scope.platform)
    fee_id = new_id("fee", 24)
    txn = ledger.record(
        platform, "application_fee", amount, charge["currency"], fee_id, available_on=available_on
    )
    body: Json = {
        "id": fee_id,
        "object": "application_fee",
        "account": scope.account,
        "amount": amount,
        "amount_refunded": 0,
        "application": scope.application,
        "balance_transaction": txn.id,
        "charge": charge["id"],
        "created": scope.now,
        "currency": charge["currency"],
        "fee_source": {"charge": charge["id"], "type": "charge"},
        "livemode": False,
        "originating_transaction": None,
        "refunded": False,
        "refunds": listing([], f"/v1/application_fees/{fee_id}/refunds"),
    }
    doc = platform.add(body)
    events.emit(platform, "application_fee.created", body)
    return doc


def give_back(scope: Scope, fee: Doc, amount: int, metadata: dict[str, str] | None = None) -> Doc:
    """Refunds `amount` of a fee to the account it was taken from. `scope` is the platform's."""
    left = fee.body["amount"] - fee.body["amount_refunded"]
    if left == 0:
        raise conflict(
            f"Application fee {fee.id} has already been refunded.", code="fee_already_refunded"
        )
    if amount > left:
        currency = fee.body["currency"]
        raise conflict(
            f"Refund amount ({shown(amount, currency)}) is greater than unrefunded amount on fee"
            f" ({shown(left, currency)})",
            "amount",
        )
    refund_id = new_id("fr", 24)
    currency = fee.body["currency"]
    txn = ledger.record(scope, "application_fee_refund", -amount, currency, refund_id)
    body: Json = {
        "id": refund_id,
        "object": "fee_refund",
        "amount": amount,
        "balance_transaction": txn.id,
        "created": scope.now,
        "currency": currency,
        "fee": fee.id,
        "metadata": metadata or {},
    }
    doc = scope.add(body)
    before = {"amount_refunded": fee.body["amount_refunded"], "refunded": fee.body["refunded"]}
    fee.body["amount_refunded"] += amount
    fee.body["refunded"] = fee.body["amount_refunded"] == fee.body["amount"]
    fee.body["refunds"]["data"] = [body, *fee.body["refunds"]["data"]][:10]
    scope.save(fee)
    events.emit(scope, "application_fee.refunded", fee.body, before)
    return doc


# the API: fees belong to the platform


def retrieve(call: Call) -> Json:
    return call.get("application_fee", call.path["id"]).body


def list_all(call: Call) -> Json:
    only = Filter().created(call.param("created")).field("charge", call.param("charge"))
    return page(call, "application_fee", "/v1/application_fees", only)


def create_refund(call: Call) -> Json:
    fee = call.get("application_fee", call.path["id"])
    left = fee.body["amount"] - fee.body["amount_refunded"]
    amount = call.param("amount", left)
    if "amount" in call.params and amount < 1:
        raise invalid("Invalid positive integer", "amount", "parameter_invalid_integer")
    metadata = merged_metadata({}, call.param("metadata", {}))
    refund = give_back(call, fee, amount, metadata)
    ledger.record(
        call.of(fee.body["account"]),
        "application_fee_refund",
        amount,
        fee.body["currency"],
        refund.id,
    )
    return refund.body


def _refund(call: Call) -> Doc:
    fee = call.get("application_fee", call.path["fee"])
    doc = call.get("fee_refund", call.path["id"])
    if doc.body["fee"] != fee.id:
        raise not_found("fee_refund", doc.id)
    return doc


def retrieve_refund(call: Call) -> Json:
    return _refund(call).body


def update_refund(call: Call) -> Json:
    doc = _refund(call)
    doc.body["metadata"] = merged_metadata(doc.body["metadata"], call.param("metadata", {}))
    call.save(doc)
    return doc.body


def list_refunds(call: Call) -> Json:
    fee = call.get("application_fee", call.path["id"])
    return page(
        call, "fee_refund", f"/v1/application_fees/{fee.id}/refunds", Filter().field("fee", fee.id)
    )
