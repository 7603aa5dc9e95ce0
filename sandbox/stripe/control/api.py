"""`/_sandbox/…`: what tests and demos use to make things happen that Stripe's API cannot."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from sandbox.stripe import clock, schema, timers
from sandbox.stripe.config import Config
from sandbox.stripe.context import PLATFORM, Call
from sandbox.stripe.control import actions, machine
from sandbox.stripe.deliveries import Deliveries
from sandbox.stripe.errors import ApiError, invalid, unknown_url
from sandbox.stripe.http import Request, Response, json_response
from sandbox.stripe.store import Json, Store

MOST_SECONDS = 60
Action = Callable[[Call], Json]
CONTROLS: list[tuple[str, str, Action]] = [
    ("GET", "/clock", machine.show_clock),
    ("POST", "/clock", machine.move_clock),
    ("GET", "/faults", machine.list_faults),
    ("POST", "/faults", machine.add_fault),
    ("DELETE", "/faults", machine.clear_faults),
    ("DELETE", "/faults/{id}", machine.clear_faults),
    ("GET", "/settings", machine.show_settings),
    ("POST", "/settings", machine.change_settings),
    ("GET", "/webhook_endpoints", machine.list_endpoints),
    ("POST", "/webhook_endpoints", machine.put_endpoint),
    ("GET", "/deliveries", machine.list_deliveries),
    ("POST", "/events/{id}/redeliver", machine.redeliver),
    ("POST", "/accounts/{id}/{action}", actions.account),
    ("POST", "/checkout/sessions/{id}/{action}", actions.session),
    ("POST", "/payment_intents/{id}/settle", actions.settle),
    ("POST", "/charges/{id}/refund", actions.refund),
    ("POST", "/charges/{id}/dispute", actions.dispute),
    ("POST", "/refunds/{id}/{action}", actions.change_refund),
    ("POST", "/disputes/{id}/{action}", actions.change_dispute),
    ("POST", "/payouts/{id}/{action}", actions.change_payout),
]


@dataclass
class Controls:
    store: Store
    config: Config
    deliveries: Deliveries

    def handle(self, request: Request) -> Response:
        try:
            return json_response(200, self._answer(request))
        except ApiError as error:
            return json_response(error.status, error.body(""))

    def _answer(self, request: Request) -> Json:
        path = request.path.removeprefix("/_sandbox")
        match request.method, path:
            case "GET", "/health":
                return {
                    "ok": True,
                    "now": clock.now(self.store),
                    "api_version": schema.api_version(),
                }
            case "POST", "/reset":
                return self._reset()
            case "POST", "/deliveries/flush":
                return {"delivered": self.deliveries.settle(_seconds(request))}
        action, ids = _find(request.method, path)
        answer = self._run(action, ids, _query(request) | _body(request))
        if timers.run_due(self.store, self.config.public_url) or request.method == "POST":
            self.deliveries.wake()
        return answer

    def _run(self, action: Action, ids: dict[str, str], params: Json) -> Json:
        with self.store.transaction():
            platform = str(self.store.setting(PLATFORM))
            now, url = clock.now(self.store), self.config.public_url
            return action(Call(self.store, platform, now, url, params=params, path=ids))

    def _reset(self) -> Json:
        """Forgets everything but who the platform is, its webhook endpoints included."""
        platform = self.store.find(str(self.store.setting(PLATFORM)))
        kept = {
            name: self.store.setting(name) for name in ("platform_account", "connect_application")
        }
        with self.store.transaction():
            self.store.wipe()
            for name, value in kept.items():
                self.store.set_setting(name, value)
            if platform is not None:
                self.store.insert(platform)
        return {"reset": True}


def _find(method: str, path: str) -> tuple[Action, dict[str, str]]:
    for verb, template, action in CONTROLS:
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template)
        matched = re.fullmatch(pattern, path)
        if matched and verb == method:
            return action, matched.groupdict()
    raise unknown_url(method, f"/_sandbox{path}")


def _seconds(request: Request) -> float:
    seconds = _body(request).get("seconds", 10)
    if not isinstance(seconds, int | float) or not 0 <= seconds <= MOST_SECONDS:
        raise invalid(f"'seconds' must be a number up to {MOST_SECONDS}.", "seconds")
    return seconds


def _query(request: Request) -> Json:
    return {name: values[-1] for name, values in parse_qs(request.query).items()}


def _body(request: Request) -> Json:
    if not request.body:
        return {}
    try:
        value: Any = json.loads(request.body)
    except ValueError:
        raise invalid("The body must be JSON.") from None
    if not isinstance(value, dict):
        raise invalid("The body must be a JSON object.")
    return value
