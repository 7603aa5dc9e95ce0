"""tixapp's webhook endpoints at the Stripe sandbox, made as an operator makes them at Stripe."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import stripe

from sandbox.ports import free_port, is_open
from sandbox.webhooks import EVENTS, Registrar
from tests.engines import ROOT
from tests.sandbox.small_product import SmallProduct

pytestmark = pytest.mark.slow
KEY = "sk_test_launcher"
PLATFORM = "http://localhost:5000/stripe/webhook"
CONNECT = PLATFORM + "/connect"


@pytest.fixture(scope="module")
def api_base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    state = tmp_path_factory.mktemp("stripe") / "state.sqlite3"
    command = [sys.executable, "-m", "sandbox.stripe", "--port", str(port), "--state", str(state)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 20
        while not is_open(port) and time.monotonic() < deadline:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
        process.terminate()


@pytest.fixture
def client(api_base: str) -> Iterator[stripe.StripeClient]:
    client = stripe.StripeClient(KEY, base_addresses={"api": api_base})
    yield client
    for endpoint in client.v1.webhook_endpoints.list().data:
        client.v1.webhook_endpoints.delete(endpoint.id)


def test_each_kind_of_event_has_an_endpoint_with_a_secret_of_its_own(
    api_base: str, client: stripe.StripeClient
) -> None:
    registrar = Registrar(api_base, KEY)
    platform = registrar.ensure({}, PLATFORM, connect=False)
    connect = registrar.ensure({}, CONNECT, connect=True)
    found = {endpoint.url: endpoint for endpoint in client.v1.webhook_endpoints.list().data}
    assert set(found) == {PLATFORM, CONNECT}
    assert found[PLATFORM].api_version == stripe.api_version
    assert set(found[PLATFORM].enabled_events) == set(EVENTS)
    assert platform["secret"].startswith("whsec_")
    assert connect["secret"].startswith("whsec_")
    assert platform["secret"] != connect["secret"]


def test_a_later_start_keeps_the_endpoint_and_its_secret(
    api_base: str, client: stripe.StripeClient
) -> None:
    registrar = Registrar(api_base, KEY)
    kept = registrar.ensure({}, PLATFORM, connect=False)
    assert registrar.ensure(kept, PLATFORM, connect=False) == kept
    assert len(client.v1.webhook_endpoints.list().data) == 1


def test_another_port_moves_the_endpoint(api_base: str, client: stripe.StripeClient) -> None:
    registrar = Registrar(api_base, KEY)
    kept = registrar.ensure({}, PLATFORM, connect=False)
    moved = registrar.ensure(kept, PLATFORM.replace("5000", "5001"), connect=False)
    [endpoint] = client.v1.webhook_endpoints.list().data
    assert endpoint.url == "http://localhost:5001/stripe/webhook"
    assert moved == kept | {"url": endpoint.url}


def test_a_version_that_acts_on_more_events_asks_for_them(
    api_base: str, client: stripe.StripeClient
) -> None:
    registrar = Registrar(api_base, KEY)
    kept = registrar.ensure({}, PLATFORM, connect=False)
    before = {"enabled_events": ["charge.refunded"]}
    client.v1.webhook_endpoints.update(kept["id"], before)  # type: ignore[arg-type]
    assert registrar.ensure(kept, PLATFORM, connect=False) == kept
    [endpoint] = client.v1.webhook_endpoints.list().data
    assert set(endpoint.enabled_events) == set(EVENTS)


def test_a_sandbox_that_forgot_everything_gets_a_new_one(
    api_base: str, client: stripe.StripeClient
) -> None:
    registrar = Registrar(api_base, KEY)
    kept = registrar.ensure({}, PLATFORM, connect=False)
    client.v1.webhook_endpoints.delete(kept["id"])
    made = registrar.ensure(kept, PLATFORM, connect=False)
    assert made["id"] != kept["id"]
    assert [one.id for one in client.v1.webhook_endpoints.list().data] == [made["id"]]


def test_the_product_is_given_the_secret_on_each_start(tmp_path: Path) -> None:
    product = SmallProduct(tmp_path / "clone", real_stripe=False)
    try:
        product.start()
        secret = product.get()
        assert secret.startswith("whsec_")
        product.interrupt()
        product.start()
        assert product.get() == secret
    finally:
        product.clean_up()
