"""The one table of what is simulated: a request as the SDK names it, and who answers it."""

from collections.abc import Callable

from sandbox.stripe import customers, disputes, events, payouts, refunds, webhooks
from sandbox.stripe.accounts import api as accounts
from sandbox.stripe.accounts import capabilities, links
from sandbox.stripe.checkout import sessions
from sandbox.stripe.context import Call
from sandbox.stripe.payments import api as intents
from sandbox.stripe.payments import charges, confirm, fees, ledger
from sandbox.stripe.store import Json

ROUTES: dict[str, Callable[[Call], Json]] = {
    "GET /v1/account": accounts.retrieve_current,
    "GET /v1/accounts": accounts.list_all,
    "POST /v1/accounts": accounts.create,
    "GET /v1/accounts/{account}": accounts.retrieve,
    "POST /v1/accounts/{account}": accounts.update,
    "DELETE /v1/accounts/{account}": accounts.delete,
    "POST /v1/accounts/{account}/reject": accounts.reject,
    "GET /v1/accounts/{account}/capabilities": capabilities.list_all,
    "GET /v1/accounts/{account}/capabilities/{capability}": capabilities.retrieve,
    "POST /v1/accounts/{account}/capabilities/{capability}": capabilities.update,
    "POST /v1/accounts/{account}/login_links": links.create_login_link,
    "POST /v1/account_links": links.create_account_link,
    "GET /v1/application_fees": fees.list_all,
    "GET /v1/application_fees/{id}": fees.retrieve,
    "GET /v1/application_fees/{id}/refunds": fees.list_refunds,
    "POST /v1/application_fees/{id}/refunds": fees.create_refund,
    "GET /v1/application_fees/{fee}/refunds/{id}": fees.retrieve_refund,
    "POST /v1/application_fees/{fee}/refunds/{id}": fees.update_refund,
    "GET /v1/balance": ledger.balance,
    "GET /v1/balance_transactions": ledger.list_all,
    "GET /v1/balance_transactions/{id}": ledger.retrieve,
    "GET /v1/charges": charges.list_all,
    "GET /v1/charges/{charge}": charges.retrieve,
    "POST /v1/charges/{charge}": charges.update,
    "GET /v1/checkout/sessions": sessions.list_all,
    "POST /v1/checkout/sessions": sessions.create,
    "GET /v1/checkout/sessions/{session}": sessions.retrieve,
    "POST /v1/checkout/sessions/{session}": sessions.update,
    "POST /v1/checkout/sessions/{session}/expire": sessions.expire,
    "GET /v1/checkout/sessions/{session}/line_items": sessions.line_items,
    "GET /v1/customers": customers.list_all,
    "POST /v1/customers": customers.create,
    "GET /v1/customers/{customer}": customers.retrieve,
    "POST /v1/customers/{customer}": customers.update,
    "DELETE /v1/customers/{customer}": customers.delete,
    "GET /v1/disputes": disputes.list_all,
    "GET /v1/disputes/{dispute}": disputes.retrieve,
    "POST /v1/disputes/{dispute}": disputes.update,
    "POST /v1/disputes/{dispute}/close": disputes.close,
    "GET /v1/events": events.list_events,
    "GET /v1/events/{id}": events.retrieve,
    "GET /v1/payment_intents": intents.list_all,
    "POST /v1/payment_intents": confirm.create,
    "POST /v1/payment_intents/{intent}/confirm": confirm.confirm,
    "GET /v1/payment_intents/{intent}": intents.retrieve,
    "POST /v1/payment_intents/{intent}": intents.update,
    "POST /v1/payment_intents/{intent}/cancel": intents.cancel,
    "GET /v1/payouts": payouts.list_all,
    "POST /v1/payouts": payouts.create,
    "GET /v1/payouts/{payout}": payouts.retrieve,
    "POST /v1/payouts/{payout}": payouts.update,
    "POST /v1/payouts/{payout}/cancel": payouts.cancel,
    "GET /v1/refunds": refunds.list_all,
    "POST /v1/refunds": refunds.create,
    "GET /v1/refunds/{refund}": refunds.retrieve,
    "POST /v1/refunds/{refund}": refunds.update,
    "POST /v1/refunds/{refund}/cancel": refunds.cancel,
    "GET /v1/webhook_endpoints": webhooks.list_all,
    "POST /v1/webhook_endpoints": webhooks.create,
    "GET /v1/webhook_endpoints/{webhook_endpoint}": webhooks.retrieve,
    "POST /v1/webhook_endpoints/{webhook_endpoint}": webhooks.update,
    "DELETE /v1/webhook_endpoints/{webhook_endpoint}": webhooks.delete,
}
