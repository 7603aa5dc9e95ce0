"""The blueprint, and what all its pages have."""

from typing import Any

from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _

bp = Blueprint("selling", __name__, url_prefix="/sell")


def page(template: str, **shown: Any) -> str:
    """With the seller's navigation beside it."""
    nav = [
        {"url": url_for("selling.events"), "label": _("Events"), "icon": "ticket", "current": True},
        {"url": url_for("sellers.home"), "label": _("Account"), "icon": "store"},
        {"url": url_for("scanner.home"), "label": _("Scanner"), "icon": "scan-line"},
    ]
    return render_template(f"selling/{template}.html", nav=nav, **shown)
