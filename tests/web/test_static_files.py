"""Static files: kept for ever, compressed for whoever takes it, nothing outside the folder."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.fixtures.browser import Browser

STATIC = Path(__file__).resolve().parents[2] / "static"
HASH = "0123456789ab"
JSON = {"Accept": "application/json"}
READER = "vendor/zxing-wasm/zxing_reader.wasm"


@pytest.mark.parametrize(
    ("path", "mimetype"),
    [
        (READER, "application/wasm"),
        ("js/app.js", "text/javascript"),
        ("css/app.css", "text/css"),
        ("img/icons.svg", "image/svg+xml"),
    ],
)
def test_a_file_is_the_same_compressed_and_plain(path: str, mimetype: str, client: Browser) -> None:
    for accepts, encoding in (("gzip, br", "gzip"), ("identity", None), ("gzip;q=0", None)):
        url = f"/static/{HASH}/{path}"
        with client.get(url, headers={"Accept-Encoding": accepts}) as answer:
            assert answer.headers.get("Content-Encoding") == encoding
            body = gzip.decompress(answer.data) if encoding else answer.data
            assert body == (STATIC / path).read_bytes()
            assert answer.mimetype == mimetype
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert "Accept-Encoding" in answer.headers["Vary"]


def test_the_code_reader_fits_the_scanner_s_budget(client: Browser) -> None:
    with client.get(f"/static/{HASH}/{READER}", headers={"Accept-Encoding": "gzip"}) as answer:
        assert len(answer.data) < 420_000


@pytest.mark.parametrize(
    "path", ["../wsgi.py", "..%2fwsgi.py", "js/../../wsgi.py", "js", "js/none.js"]
)
def test_nothing_outside_the_folder_is_served(path: str, client: Browser) -> None:
    for accepts in ("gzip", "identity"):
        answer = client.get(f"/static/{HASH}/{path}", headers=JSON | {"Accept-Encoding": accepts})
        assert answer.status_code == 404
