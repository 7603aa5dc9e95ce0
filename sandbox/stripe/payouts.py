"""Payouts: an account's balance on its way to its bank."""

from sandbox.stripe import events, timers
from sandbox.stripe.context import Call, Scope
from sandbox.stripe.errors import conflict, invalid, not_simulated
from sandbox.stripe.ids import new_id
from sandbox.stripe.metadata import merged_metadata
from sandbox.stripe.money import currency as checked_currency
from sandbox.stripe.paging import Filter, page
from sandbox.stripe.payments import ledger
from sandbox.stripe.store import Doc, Json

ARRIVES_AFTER = 2 * 86_400
FAILURES = {
    "account_closed": "The bank account has been closed",
    "account_frozen": "The bank account has been frozen",
    "could_not_process": "The bank could not process this payout",
    "debit_not_authorized": "Debit transactions are not approved on the bank account",
    "insufficient_funds": "Your Stripe account has insufficient funds to cover the payout",
    "invalid_account_number": "The routing number seems correct, but the account number is invalid",
    "no_account": "The bank account details on file are probably incorrect",
}


def create(call: Call) -> Json:
    name = checked_currency(call.param("currency"), "currency")
    amount = call.param("amount")
    if amount < 1:
        raise invalid("Invalid positive integer", "amount", "parameter_invalid_integer")
    for param in ("source_type", "payout_method"):
        if call.param(param) not in (None, "card"):
            raise not_simulated(f"the parameter {param}", param)
    if call.param("method") == "instant":
        raise not_simulated("instant payouts", "method")
    bank = _bank(call, call.param("destination"))
    available, _ = ledger.held(call, name)
    if amount > available:
        raise conflict(
            "You have insufficient funds in your Stripe account. One likely reason you have"
            " insufficient"
            " funds is that your funds are automatically being paid out; try enabling manual"
            " payouts by"
            " going to https://dashboard.stripe.com/account/payouts.",
            "amount",
            "balance_insufficient",
        )
    return _send(call, amount, name, bank, call.params).body


def _bank(call: Call, wanted: str | None) -> str:
    account = call.store.find(call.account, kind="account")
    banks = account.body["external_accounts"]["data"] if account else []
    if call.connected and account and not account.body["payouts_enabled"]:
        raise conflict(
            "Cannot create payouts: this account has not enabled payouts.",
            None,
            "payouts_not_allowed",
        )
    if wanted and wanted not in [bank["id"] for bank in banks]:
        raise invalid(f"No such external account: '{wanted}'", "destination", "resource_missing")
    if not banks:
        raise conflict("Sorry, you don't have any external accounts in that currency.", "currency")
    return str(wanted or banks[0]["id"])


def pay_out_all(scope: Scope, account: Doc) -> Doc:
    """What Stripe does by itself every day: all that is available goes to the seller's bank."""
    name = account.body["default_currency"]
    available, _ = ledger.held(scope, name)
    banks = account.body["external_accounts"]["data"]
    if available < 1 or not banks:
        raise conflict(f"{account.id} has nothing to pay out, or no bank account.")
    doc = _send(scope, available, name, banks[0]["id"], {}, automatic=True)
    ledger.put_into(scope, doc.id, name)
    events.emit(scope, "payout.reconciliation_completed", doc.body)
    return doc


def _send(
    scope: Scope, amount: int, name: str, bank: str, chosen: Json, *, automatic: bool = False
) -> Doc:
    payout_id = new_id("po", 24)
    txn = ledger.record(scope, "payout", -amount, name, payout_id, description="STRIPE PAYOUT")
    body: Json = {
        "id": payout_id,
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": scope.now + ARRIVES_AFTER,
        "automatic": automatic,
        "balance_transaction": txn.id,
        "created": scope.now,
        "currency": name,
        "description": chosen.get("description"),
        "destination": bank,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": merged_metadata({}, chosen.get("metadata", {})),
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "completed" if automatic else "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": chosen.get("statement_descriptor"),
        "status": "pending",
        "trace_id": None,
        "type": "bank_account",
    }
    doc = scope.add(body)
    events.emit(scope, "payout.created", body)
    timers.start(scope, "payout_arrives", doc.id, body["arrival_date"])
    return doc


@timers.on("payout_arrives")
def _arrives(scope: Scope, payout_id: str) -> None:
    doc = scope.store.find(payout_id, kind="payout")
    if doc is not None and doc.body["status"] in {"pending", "in_transit"}:
        arrive(scope.of(doc.account), doc)


def arrive(scope: Scope, doc: Doc) -> None:
    _check(doc, {"pending", "in_transit"}, "arrive")
    _change(scope, doc, "paid", status="paid")


def fail(scope: Scope, doc: Doc, reason: str) -> None:
    """The bank sends the money back, even days after it seemed to have arrived."""
    _check(doc, {"pending", "in_transit", "paid"}, "fail")
    if reason not in FAILURES:
        raise invalid(f"Invalid reason: must be one of {', '.join(FAILURES)}.", "reason")
    txn = _take_back(scope, doc)
    _change(
        scope, doc, "failed",
        status="failed", failure_code=reason, failure_message=FAILURES[reason],
        failure_balance_transaction=txn.id,
    )  # fmt: skip


def _take_back(scope: Scope, doc: Doc) -> Doc:
    return ledger.record(scope, "payout_failure", doc.body["amount"], doc.body["currency"], doc.id)


def _check(doc: Doc, statuses: set[str], verb: str) -> None:
    if doc.body["status"] not in statuses:
        raise conflict(f"Payout {doc.id} is {doc.body['status']} and cannot {verb}.")


def _change(scope: Scope, doc: Doc, kind: str, **fields: object) -> None:
    timers.stop(scope, "payout_arrives", doc.id)
    before = {name: doc.body[name] for name in fields}
    doc.body |= fields
    scope.save(doc)
    events.emit(scope, f"payout.{kind}", doc.body, before)


# the rest of the API


def retrieve(call: Call) -> Json:
    return call.get("payout", call.path["payout"], "payout").body


def list_all(call: Call) -> Json:
    only = (
        Filter()
        .created(call.param("created"))
        .created(call.param("arrival_date"), "json_extract(body, '$.arrival_date')")
    )
    only.field("status", call.param("status")).field("destination", call.param("destination"))
    return page(call, "payout", "/v1/payouts", only)


def update(call: Call) -> Json:
    doc = call.get("payout", call.path["payout"], "payout")
    before = {"metadata": doc.body["metadata"]}
    doc.body["metadata"] = merged_metadata(doc.body["metadata"], call.param("metadata", {}))
    call.save(doc)
    events.emit(call, "payout.updated", doc.body, before)
    return doc.body


def cancel(call: Call) -> Json:
    doc = call.get("payout", call.path["payout"], "payout")
    if doc.body["status"] != "pending":
        raise conflict(
            f"Payouts can only be canceled while they are pending. This one has a status of"
            f" {doc.body['status']}."
        )
    txn = _take_back(call, doc)
    _change(call, doc, "canceled", status="canceled", failure_balance_transaction=txn.id)
    return doc.body
