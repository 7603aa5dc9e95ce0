"""The page of a ticket without a network: what a browser keeps of it, and who looks after that."""

from flask import Blueprint, Response, current_app

from tixapp.web.kept import worker

PAGE = (
    "js/app.js",
    "js/controllers/kept_ticket.js",
    "js/controllers/menu.js",
    "js/controllers/rotating_code.js",
    "js/controllers/theme.js",
    "js/controllers/wake_lock.js",
)
BESIDE = (
    "css/app.css",
    "css/wallet.css",
    "fonts/bricolage.woff2",
    "img/favicon.svg",
    "img/icons.svg",
    "img/logo.svg",
)
SERVICE_WORKER = "js/tickets/service_worker.js"

bp = Blueprint("tickets_offline", __name__)


@bp.get("/tickets/worker.js")
def service_worker() -> Response:
    """The same for everybody. It looks after /tickets/… and nothing else: that is its scope."""
    assets = current_app.extensions["assets"]
    return worker(assets, SERVICE_WORKER, pages=PAGE, more=BESIDE)
