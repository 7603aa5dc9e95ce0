"""One request to `/v1`: key, version, route, account, parameters, idempotency, effect, answer."""

import json
import re
import time
from dataclasses import dataclass, field
from typing import Any

from sandbox.stripe import clock, faults, idempotency, keys, params, routing, schema, timers
from sandbox.stripe.config import Config
from sandbox.stripe.context import Call
from sandbox.stripe.errors import ApiError, broken, invalid, lock_timeout, rate_limited
from sandbox.stripe.expand import expanded
from sandbox.stripe.faults import Fault
from sandbox.stripe.form import decode
from sandbox.stripe.http import Request, Response
from sandbox.stripe.idempotency import Answer, Key, Running
from sandbox.stripe.ids import new_id
from sandbox.stripe.rate import Rate
from sandbox.stripe.store import Store

VERSION = re.compile(r"^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$")
FORM = "application/x-www-form-urlencoded"


@dataclass
class Api:
    store: Store
    config: Config
    running: Running
    rate: Rate = field(default_factory=Rate)

    def handle(self, request: Request) -> Response:
        request_id = new_id("req", 14)
        account = request.header("Stripe-Account") or "platform"
        fault = faults.take_for_request(self.store, request.method, request.path, account)
        try:
            _before(fault)
            self._check_rate()
            answer, replayed = self._answer(request, request_id, fault)
        except ApiError as error:
            answer, replayed = self._refusal(error, request_id), False
        _after(fault)
        response = _response(request, answer, request_id, replayed=replayed)
        response.drop = fault is not None and fault.action in {"drop", "drop_before"}
        return response

    def _check_rate(self) -> None:
        """Stripe's rate limit, counted by whole seconds; off unless it is set."""
        most = self.store.setting("requests_per_second", 0)
        if most and self.rate.count(int(time.time())) > most:
            raise rate_limited()

    def _answer(
        self, request: Request, request_id: str, fault: Fault | None
    ) -> tuple[Answer, bool]:
        key = keys.secret_key(request, self.config.api_keys)
        _check_version(request)
        route = routing.match(request.method, request.path)
        account = keys.acting_account(request, self.store, key)
        tree = _parameters(request)
        call_of = self._caller(account, request, request_id, keys.hint(key), route.ids)
        name = request.header("Idempotency-Key")
        if request.method != "POST" or not name:
            return self._execute(call_of, route, tree, None, fault), False
        held = idempotency.make_key(account, name, request.path, tree)
        with self.running.hold(held):
            kept = idempotency.recall(self.store, held, clock.now(self.store))
            if kept is not None:
                return kept, True
            return self._execute(call_of, route, tree, held, fault), False

    def _caller(
        self, account: str, request: Request, request_id: str, hint: str, ids: dict[str, str]
    ) -> Any:
        def call(read: dict[str, Any]) -> Call:
            return Call(
                store=self.store,
                account=account,
                now=clock.now(self.store),
                public_url=self.config.public_url,
                request_id=request_id,
                idempotency_key=request.header("Idempotency-Key")
                if request.method == "POST"
                else None,
                params=read,
                path=ids,
                key_hint=hint,
            )

        return call

    def _execute(
        self,
        call_of: Any,
        route: routing.Route,
        tree: dict[str, Any],
        key: Key | None,
        fault: Fault | None,
    ) -> Answer:
        """Runs the handler; its effect and the record under its key are written together."""
        read = params.read(route.name, tree)
        if fault and fault.action == "slow":
            time.sleep(fault.seconds)
        timers.run_due(self.store, self.config.public_url)
        try:
            with self.store.transaction():
                call = call_of(read)
                answer = self._run(route, call)
                if fault and fault.action == "500_after":
                    answer, true_answer = self._refusal(broken(), call.request_id), answer
                    if not fault.remember:
                        self._keep(key, true_answer, call.now)
                        return answer
                self._keep(key, answer, call.now)
                return answer
        except ApiError as error:
            if error.executed:
                with self.store.transaction():
                    self._keep(key, self._refusal(error, call.request_id), call.now)
            raise

    def _run(self, route: routing.Route, call: Call) -> Answer:
        try:
            result = expanded(call, route.handler(call))
        except ApiError as error:
            if not error.keeps_effects:
                raise
            return self._refusal(error, str(call.request_id))
        return Answer(200, json.dumps(result), str(call.request_id))

    def _keep(self, key: Key | None, answer: Answer, now: int) -> None:
        if key is not None:
            idempotency.keep(self.store, key, answer, now)

    def _refusal(self, error: ApiError, request_id: str | None) -> Answer:
        log = f"https://dashboard.stripe.com/test/logs/{request_id}?t={clock.now(self.store)}"
        return Answer(error.status, json.dumps(error.body(log)), str(request_id))


def _before(fault: Fault | None) -> None:
    match fault.action if fault else None:
        case "429":
            raise rate_limited()
        case "lock_timeout":
            raise lock_timeout()
        case "500_before" | "drop_before":
            raise broken()


def _after(fault: Fault | None) -> None:
    if fault and fault.action == "slow_after":
        time.sleep(fault.seconds)


def _check_version(request: Request) -> None:
    wanted = request.header("Stripe-Version")
    if wanted is None or wanted == schema.api_version():
        return
    if not VERSION.match(wanted):
        raise invalid(f"Invalid Stripe API version: {wanted}")
    raise invalid(
        f"The sandbox speaks Stripe's API version {schema.api_version()} only, and was asked for"
        f" {wanted}.",
        code="sandbox_not_simulated",
    )


def _parameters(request: Request) -> dict[str, Any]:
    if request.method != "POST":
        return decode(request.query)
    tree = decode(request.query)
    if not request.body:
        return tree
    if (request.header("Content-Type") or FORM).partition(";")[0].strip().lower() != FORM:
        raise invalid(
            "Invalid request (check that your POST content type is"
            " application/x-www-form-urlencoded)."
            " If you have any questions, we can help at https://support.stripe.com/."
        )
    try:
        return tree | decode(request.body.decode())
    except UnicodeDecodeError:
        raise invalid("Invalid request (the body is not valid UTF-8).") from None


def _response(request: Request, answer: Answer, request_id: str, *, replayed: bool) -> Response:
    headers = [
        ("Request-Id", request_id),
        ("Stripe-Version", schema.api_version()),
        ("Cache-Control", "no-cache, no-store"),
        ("Access-Control-Allow-Origin", "*"),
    ]
    for name in ("Stripe-Account", "Idempotency-Key"):
        value = request.header(name)
        if value and value.isprintable():
            headers.append((name, value))
    if replayed:
        headers += [("Idempotent-Replayed", "true"), ("Original-Request", answer.request_id)]
    if answer.status == 401:
        headers.append(("WWW-Authenticate", 'Basic realm="Stripe"'))
    if answer.status == 409:
        headers.append(("Stripe-Should-Retry", "true"))
    if answer.status == 429:
        headers.append(("Stripe-Should-Retry", "false"))
    return Response(answer.status, answer.body.encode(), headers)
