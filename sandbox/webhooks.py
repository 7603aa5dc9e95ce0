"""Registers tixapp's webhook endpoints at the Stripe sandbox, the way an operator does at Stripe.

One for the platform's own events and one for those of connected accounts; each has its own secret,
which Stripe tells only once, so they are kept.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from sandbox.errors import SandboxError

_ENDPOINTS = "/v1/webhook_endpoints"
# What tixapp acts on; a test compares this with its handlers.
EVENTS = (
    "account.application.deauthorized",
    "account.updated",
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.funds_reinstated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.updated",
    "charge.refunded",
    "checkout.session.async_payment_failed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.completed",
    "checkout.session.expired",
    "payout.canceled",
    "payout.failed",
    "payout.paid",
    "payout.reconciliation_completed",
    "refund.created",
    "refund.failed",
    "refund.updated",
)

Form = dict[str, str | list[str]]


@dataclass(frozen=True)
class Endpoint:
    id: str
    url: str
    secret: str


class Registrar:
    def __init__(self, api_base: str, key: str) -> None:
        self._api_base = api_base
        self._key = key

    def ensure(self, kept: dict[str, Any], url: str, *, connect: bool) -> dict[str, Any]:
        """The endpoint for `url`: the one in `kept` if the sandbox still has it, else a new one."""
        found = self._call(f"{_ENDPOINTS}/{kept['id']}") if kept else None
        if found is None:
            return asdict(self._create(url, connect=connect))
        if found["url"] != url or set(found["enabled_events"]) != set(EVENTS):
            change: Form = {"url": url, "enabled_events[]": list(EVENTS)}
            self._call(f"{_ENDPOINTS}/{kept['id']}", change)
        return kept | {"url": url}

    def _create(self, url: str, *, connect: bool) -> Endpoint:
        import stripe  # for its version; later starts do without

        answer = self._call(
            _ENDPOINTS,
            {
                "url": url,
                "connect": "true" if connect else "false",
                "enabled_events[]": list(EVENTS),
                "api_version": stripe.api_version,
                "description": "tixapp on this machine",
            },
        )
        if answer is None:
            raise SandboxError("The Stripe sandbox has no webhook endpoints.")
        return Endpoint(answer["id"], url, answer["secret"])

    def _call(self, path: str, form: Form | None = None) -> dict[str, Any] | None:
        body = urlencode(form, doseq=True).encode() if form else None
        headers = {"Authorization": f"Bearer {self._key}"}
        request = Request(self._api_base + path, data=body, headers=headers)  # noqa: S310 - http
        try:
            with urlopen(request, timeout=10) as answer:  # noqa: S310
                found: dict[str, Any] = json.load(answer)
        except HTTPError as error:
            with error:
                if error.code == 404:
                    return None
                raise SandboxError(
                    f"The Stripe sandbox refused a webhook endpoint: {error.read().decode()}"
                ) from error
        return found
