"""Static files under an address that carries a hash of the whole tree.

`/static/<hash>/js/app.js` may be cached for ever, and modules import each other by relative
path: no build step, no import map, nothing stale after a deployment.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, abort, g, request, send_from_directory
from werkzeug.security import safe_join

YEAR = 31_536_000
SQUEEZABLE = {".css", ".js", ".svg", ".wasm", ".webmanifest"}
TYPES = {".wasm": "application/wasm", ".js": "text/javascript", ".webmanifest": "application/json"}


@dataclass(frozen=True, slots=True)
class Assets:
    """For those that speak of the files without drawing a page: `app.extensions["assets"]`."""

    folder: Path
    version: Callable[[], str]

    def url(self, path: str) -> str:
        return f"/static/{self.version()}/{path}"


def tree_hash(folder: Path) -> str:
    """Twelve hex digits over every file's path and contents."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def register(app: Flask, folder: Path) -> None:
    fixed = None if app.config["RELOAD_ASSETS"] else tree_hash(folder)

    def version() -> str:
        """While people change files, the tree is read once a request and not once a link."""
        if fixed:
            return fixed
        if "tree_hash" not in g:
            g.tree_hash = tree_hash(folder)
        return str(g.tree_hash)

    assets = Assets(folder, version)
    app.extensions["assets"] = assets

    @app.get("/static/<version>/<path:path>", endpoint="static")
    def serve(version: str, path: str) -> Response:
        if len(version) != 12 or not version.isalnum():
            abort(404)
        response = _squeezed(folder, path) or send_from_directory(
            folder, path, mimetype=TYPES.get(Path(path).suffix)
        )
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
        response.vary.add("Accept-Encoding")
        return response

    @app.get("/favicon.ico", endpoint="favicon")
    def favicon() -> Response:
        return send_from_directory(folder / "img", "favicon.svg", mimetype="image/svg+xml")

    app.jinja_env.globals["static_url"] = assets.url


def _squeezed(folder: Path, path: str) -> Response | None:
    """The file compressed, where that helps and the browser takes it. None otherwise."""
    found = Path(safe_join(str(folder), path) or "")
    if found.suffix not in SQUEEZABLE or not found.is_file():
        return None
    if not request.accept_encodings["gzip"]:
        return None
    mimetype = TYPES.get(found.suffix) or mimetypes.guess_type(found.name)[0]
    response = Response(_gzipped(found, found.stat().st_mtime_ns), mimetype=mimetype)
    response.headers["Content-Encoding"] = "gzip"
    return response


@lru_cache(maxsize=256)
def _gzipped(path: Path, _changed_at: int) -> bytes:
    """Once for each version of a file in each process."""
    return gzip.compress(path.read_bytes(), 9, mtime=0)
