"""What a phone keeps so that the scanner starts without a network, and who looks after it."""

import json
import re
from functools import lru_cache
from pathlib import Path, PurePosixPath

from flask import Blueprint, Response, current_app, jsonify, url_for
from flask_babel import gettext as _

from tixapp.web.assets import Assets

# Modules name each other by relative path, at the top or when they need each other.
_IMPORT = re.compile(r"""(?:from|import)\s*\(?\s*"(\.[^"]+\.js)\"""")
PAGE = ("js/app.js", "js/scanner/app.js")
BESIDE = (
    "css/app.css",
    "css/scanner.css",
    "fonts/bricolage.woff2",
    "img/favicon.svg",
    "img/icons.svg",
    "img/scanner-192.png",
    "vendor/zxing-wasm/reader.js",
    "vendor/zxing-wasm/zxing_reader.wasm",
)
SERVICE_WORKER = "js/scanner/service_worker.js"
DECODER = "js/scanner/decoder_worker.js"

bp = Blueprint("scanner_offline", __name__, url_prefix="/scan")


@bp.get("/worker.js")
def service_worker() -> Response:
    """The same for everybody: it names files, and keeps what the browser may see anyway."""
    assets = _assets()
    files = [assets.url(path) for path in kept_files(assets.folder, assets.version())]
    kept = {"version": assets.version(), "files": [*files, url_for(".decoder")]}
    response = _script(SERVICE_WORKER, "KEPT", kept)
    response.headers["Service-Worker-Allowed"] = "/scan"
    return response


@bp.get("/decoder.js")
def decoder() -> Response:
    """Below /scan, not with the other files: only there the service worker may answer for it."""
    return _script(DECODER, "VENDOR", _assets().url("vendor/zxing-wasm/"))


@bp.get("/app.webmanifest")
def manifest() -> Response:
    """Makes it an app of its own on the phone's home screen."""
    assets = _assets()
    response = jsonify(
        id="/scan",
        name=_("tixapp scanner"),
        short_name=_("Scanner"),
        start_url="/scan",
        scope="/scan",
        display="standalone",
        orientation="portrait",
        background_color="#17120f",
        theme_color="#17120f",
        icons=[
            {
                "src": assets.url(f"img/scanner-{side}.png"),
                "sizes": f"{side}x{side}",
                "type": "image/png",
                "purpose": purpose,
            }
            for side in (192, 512)
            for purpose in ("any", "maskable")
        ],
    )
    response.mimetype = "application/manifest+json"
    response.headers["Cache-Control"] = "no-cache"
    return response


def _assets() -> Assets:
    assets: Assets = current_app.extensions["assets"]
    return assets


def _script(path: str, name: str, value: object) -> Response:
    """The file with a line before it that says what only the server knows."""
    text = (_assets().folder / path).read_text(encoding="utf-8")
    response = Response(f"const {name} = {json.dumps(value)};\n{text}", mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


@lru_cache(maxsize=4)
def kept_files(folder: Path, version: str) -> tuple[str, ...]:
    """Everything the scanner's page loads, followed from module to module.

    `version`: of the folder; with another one it is looked through again.
    """
    found: set[str] = set()
    waiting = list(PAGE)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            # Other pages' controllers are loaded by name; the scanner has none of them.
            waiting += _imports(folder, path) if path != "js/app.js" else []
    return tuple(sorted(found | set(BESIDE)))


def _imports(folder: Path, path: str) -> list[str]:
    text = (folder / path).read_text(encoding="utf-8")
    here = PurePosixPath(path).parent
    return [_resolved(here, relative) for relative in _IMPORT.findall(text)]


def _resolved(here: PurePosixPath, relative: str) -> str:
    parts = list(here.parts)
    for part in PurePosixPath(relative).parts:
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
