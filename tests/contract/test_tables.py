"""The tables that say what Stripe knows are those of the installed SDK."""

from pathlib import Path

import sandbox.stripe
from sandbox.stripe import schema
from sandbox.stripe.routes import ROUTES
from sandbox.stripe.schema import generate


def test_the_committed_tables_are_what_the_sdk_says() -> None:
    routes, params = generate.tables()
    assert generate.dumps(routes) == (generate.HERE / "routes.json").read_text()
    assert generate.dumps(params) == (generate.HERE / "params.json").read_text()


def test_every_simulated_request_has_its_parameters() -> None:
    assert all("expand" in schema.fields_of(route) for route in ROUTES if "DELETE" not in route)


def test_the_sandbox_knows_nothing_of_the_product() -> None:
    sources = list(Path(sandbox.stripe.__path__[0]).rglob("*.py"))
    assert len(sources) > 50
    assert [source for source in sources if "tixapp" in source.read_text()] == []
