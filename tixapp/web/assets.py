"""Static files under an address that carries a hash of the whole tree.

`/static/<hash>/js/app.js` may be cached for ever, and modules import each other by relative
path: no build step, no import map, nothing stale after a deployment.
"""

import hashlib
from pathlib import Path

from flask import Flask, Response, abort, send_from_directory

YEAR = 31_536_000
TYPES = {".wasm": "application/wasm", ".js": "text/javascript", ".webmanifest": "application/json"}


def tree_hash(folder: Path) -> str:
    """Twelve hex digits over every file's path and contents."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def register(app: Flask, folder: Path) -> None:
    fixed = None if app.config["RELOAD_ASSETS"] else tree_hash(folder)

    def static_url(path: str) -> str:
        return f"/static/{fixed or tree_hash(folder)}/{path}"

    @app.get("/static/<version>/<path:path>", endpoint="static")
    def serve(version: str, path: str) -> Response:
        if len(version) != 12 or not version.isalnum():
            abort(404)
        response = send_from_directory(folder, path, mimetype=TYPES.get(Path(path).suffix))
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
        return response

    @app.get("/favicon.ico", endpoint="favicon")
    def favicon() -> Response:
        return send_from_directory(folder / "img", "favicon.svg", mimetype="image/svg+xml")

    app.jinja_env.globals["static_url"] = static_url
