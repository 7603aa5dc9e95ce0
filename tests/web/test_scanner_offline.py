"""What a phone keeps of the scanner, so that it starts without a network."""

from __future__ import annotations

import json

from flask.testing import FlaskClient


def kept(client: FlaskClient, worker: str = "/scan/worker.js") -> list[str]:
    text = client.get(worker).get_data(as_text=True)
    first = text.splitlines()[0]
    found: list[str] = json.loads(first.removeprefix("const KEPT = ").removesuffix(";"))["files"]
    return found


def transferred(client: FlaskClient, files: list[str]) -> int:
    """Bytes of the bodies, compressed as a browser takes them."""
    size = 0
    for path in files:
        with client.get(path, headers={"Accept-Encoding": "gzip"}) as answer:
            size += len(answer.get_data())
    return size


def test_the_phone_is_told_every_file_and_each_is_there(client: FlaskClient) -> None:
    files = kept(client)
    assert len(files) > 20
    for path in files:
        with client.get(path) as answer:
            assert answer.status_code == 200, path


def test_the_files_are_those_that_the_modules_name(client: FlaskClient) -> None:
    files = [path.split("/", 3)[-1] for path in kept(client)]
    for wanted in (
        "js/scanner/lib/judge.js",
        "js/controllers/wake_lock.js",
        "vendor/idb/idb.js",
        "vendor/noble-ed25519/ed25519.js",
        "vendor/zxing-wasm/zxing_reader.wasm",
    ):
        assert wanted in files
    assert not any("controllers/basket" in path for path in files)


def test_a_first_visit_loads_less_than_600_kilobytes(client: FlaskClient) -> None:
    size = transferred(client, kept(client))
    assert size < 560_000  # the rest is the page itself


def test_the_service_worker_rules_the_scanner_alone_and_is_never_stale(
    client: FlaskClient,
) -> None:
    answer = client.get("/scan/worker.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Service-Worker-Allowed"] == "/scan"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "Set-Cookie" not in answer.headers


def test_the_scanner_can_be_put_on_the_home_screen(client: FlaskClient) -> None:
    manifest = client.get("/scan/app.webmanifest")
    assert manifest.mimetype == "application/manifest+json"
    assert manifest.json
    assert (manifest.json["start_url"], manifest.json["scope"]) == ("/scan", "/scan")
    for icon in manifest.json["icons"]:
        with client.get(icon["src"]) as answer:
            assert answer.mimetype == "image/png"


def test_what_a_ticket_needs_without_a_network_is_there_and_small(client: FlaskClient) -> None:
    files = kept(client, "/tickets/worker.js")
    names = [path.split("/", 3)[-1] for path in files]
    for wanted in ("css/wallet.css", "js/controllers/rotating_code.js", "vendor/uqr/uqr.js"):
        assert wanted in names
    assert not any("js/scanner/app" in name or "zxing" in name for name in names)
    for path in files:
        with client.get(path) as answer:
            assert answer.status_code == 200, path
    assert transferred(client, files) < 100_000


def test_the_service_worker_of_tickets_rules_nothing_else_and_is_never_stale(
    client: FlaskClient,
) -> None:
    answer = client.get("/tickets/worker.js")
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("text/javascript", "no-cache")
    assert "Service-Worker-Allowed" not in answer.headers  # so its scope is /tickets/
    assert "Set-Cookie" not in answer.headers
