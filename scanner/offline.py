"""What a phone keeps so that the scanner starts without a network, and who looks after it."""

from flask import Blueprint, Response, current_app, jsonify, url_for
from flask_babel import gettext as _

from tixapp.web.assets import Assets
from tixapp.web.kept import script, worker

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
    more = (*BESIDE, url_for(".decoder"))
    response = worker(_assets(), SERVICE_WORKER, pages=PAGE, more=more)
    response.headers["Service-Worker-Allowed"] = "/scan"
    return response


@bp.get("/decoder.js")
def decoder() -> Response:
    """Below /scan, not with the other files: only there the service worker may answer for it."""
    return script(_assets(), DECODER, "VENDOR", _assets().url("vendor/zxing-wasm/"))


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
