"""The money of each account: balance transactions, and the balance they add up to."""

from sandbox.stripe import timers
from sandbox.stripe.context import Call, Scope
from sandbox.stripe.ids import new_id
from sandbox.stripe.paging import Filter, page
from sandbox.stripe.store import Doc, Json

FUNDS_DELAY = 2 * 86_400
CATEGORY = {
    "charge": "charge",
    "payment": "charge",
    "refund": "refund",
    "payment_refund": "refund",
    "refund_failure": "refund_failure",
    "application_fee": "platform_earning",
    "application_fee_refund": "platform_earning_refund",
    "stripe_fee": "fee",
    "payout": "payout",
    "payout_failure": "payout_reversal",
    "adjustment": "dispute",
}


def record(
    scope: Scope,
    kind: str,
    amount: int,
    currency: str,
    source: str | None,
    *,
    fees: list[Json] | None = None,
    available_on: int = 0,
    description: str | None = None,
    category: str | None = None,
) -> Doc:
    """Books `amount` less `fees` on the account; until `available_on` the sum is pending."""
    details = fees or []
    fee = sum(detail["amount"] for detail in details)
    pending = available_on > scope.now
    body: Json = {
        "id": new_id("txn", 24),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": max(available_on, scope.now),
        "balance_type": "payments",
        "created": scope.now,
        "currency": currency,
        "description": description,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": details,
        "net": amount - fee,
        "reporting_category": category or CATEGORY[kind],
        "source": source,
        "status": "pending" if pending else "available",
        "type": kind,
    }
    doc = scope.add(body)
    _move(scope, currency, "pending" if pending else "available", amount - fee)
    if pending:
        timers.start(scope, "funds_available", doc.id, available_on)
    return doc


def _move(scope: Scope, currency: str, column: str, amount: int) -> None:
    assert column in {"pending", "available"}  # noqa: S101  (it becomes part of the statement)
    scope.store.run(
        "INSERT OR IGNORE INTO balances (account, currency) VALUES (?, ?)",
        (scope.account, currency),
    )
    scope.store.run(
        f"UPDATE balances SET {column} = {column} + ? WHERE account = ? AND currency = ?",  # noqa: S608
        (amount, scope.account, currency),
    )


@timers.on("funds_available")
def release(scope: Scope, txn_id: str) -> None:
    doc = scope.store.find(txn_id, kind="balance_transaction")
    if doc is None or doc.body["status"] == "available":
        return
    doc.body["status"] = "available"
    scope.save(doc)
    owner = scope.of(doc.account)
    _move(owner, doc.body["currency"], "pending", -doc.body["net"])
    _move(owner, doc.body["currency"], "available", doc.body["net"])


def put_into(scope: Scope, payout_id: str, currency: str) -> None:
    """All that is available and in no payout yet is paid out with this one."""
    scope.store.run(
        "UPDATE objects SET hidden = json_set(hidden, '$.payout', ?)"
        " WHERE account = ? AND kind = 'balance_transaction'"
        " AND json_extract(body, '$.currency') = ? AND json_extract(body, '$.status') = 'available'"
        " AND json_extract(hidden, '$.payout') IS NULL",
        (payout_id, scope.account, currency),
    )


def funds_delay(scope: Scope) -> int:
    return int(scope.store.setting("funds_delay", FUNDS_DELAY))


def held(scope: Scope, currency: str) -> tuple[int, int]:
    """What the account has (available, pending) in one currency."""
    row = scope.store.row(
        "SELECT available, pending FROM balances WHERE account = ? AND currency = ?",
        (scope.account, currency),
    )
    return (row[0], row[1]) if row else (0, 0)


def stripe_fee(scope: Scope, amount: int, currency: str) -> Json:
    """2.9 % and 30 minor units, rounded half up."""
    return {
        "amount": (amount * 29 + 500) // 1000 + 30,
        "application": None,
        "currency": currency,
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }


def application_fee(scope: Scope, amount: int, currency: str) -> Json:
    return {
        "amount": amount,
        "application": scope.application,
        "currency": currency,
        "description": "application fee",
        "type": "application_fee",
    }


# the API


def balance(call: Call) -> Json:
    rows = call.store.rows(
        "SELECT currency, available, pending FROM balances WHERE account = ? ORDER BY currency",
        (call.account,),
    )
    rows = rows or [(_default_currency(call), 0, 0)]

    def column(index: int) -> list[Json]:
        return [
            {"amount": row[index], "currency": row[0], "source_types": {"card": row[index]}}
            for row in rows
        ]

    answer: Json = {
        "object": "balance",
        "available": column(1),
        "livemode": False,
        "pending": column(2),
    }
    if not call.connected:
        answer["connect_reserved"] = [{"amount": 0, "currency": row[0]} for row in rows]
    return answer


def _default_currency(call: Call) -> str:
    account = call.store.find(call.account, kind="account")
    return str(account.body["default_currency"]) if account else "usd"


def retrieve(call: Call) -> Json:
    return call.get("balance_transaction", call.path["id"]).body


def list_all(call: Call) -> Json:
    only = Filter().created(call.param("created"))
    for name in ("currency", "source", "type"):
        only.field(name, call.param(name))
    if call.param("payout"):
        only.add("json_extract(hidden, '$.payout') = ?", call.param("payout"))
    return page(call, "balance_transaction", "/v1/balance_transactions", only)
