"""One sandbox for all contract tests; each test makes accounts of its own."""

from collections.abc import Iterator

import pytest
import stripe

from tests.contract.outside import Sandbox, Shop


@pytest.fixture(scope="session", autouse=True)
def _quiet_sdk() -> Iterator[None]:
    before = stripe.enable_telemetry
    stripe.enable_telemetry = False
    yield
    stripe.enable_telemetry = before


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    running = Sandbox()
    yield running
    running.stop()


@pytest.fixture
def client(sandbox: Sandbox) -> stripe.StripeClient:
    return sandbox.client


@pytest.fixture
def seller(sandbox: Sandbox) -> str:
    return sandbox.seller()


@pytest.fixture
def shop() -> Iterator[Shop]:
    listening = Shop()
    yield listening
    listening.close()


@pytest.fixture
def hooked(sandbox: Sandbox, shop: Shop) -> Iterator[Shop]:
    """A shop that hears of everything, at `/platform` and `/connect`, each with its own secret."""
    made = [
        sandbox.client.v1.webhook_endpoints.create(
            {"url": f"{shop.url}/{name}", "enabled_events": ["*"], "connect": name == "connect"}
        )
        for name in ("platform", "connect")
    ]
    shop.secrets = {f"/{e.url.rsplit('/', 1)[1]}": str(e.secret) for e in made}
    yield shop
    for endpoint in made:
        sandbox.client.v1.webhook_endpoints.delete(endpoint.id)
