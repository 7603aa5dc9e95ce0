"""The blueprint, and what all its pages have."""

from typing import Any

from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _

bp = Blueprint("selling", __name__, url_prefix="/sell")


def page(template: str, *, here: str = "events", **shown: Any) -> str:
    """With the seller's navigation beside it; `here` names the page's part of it."""
    parts = [
        ("home", url_for("selling.home"), _("Overview"), "chart-column"),
        ("events", url_for("selling.events"), _("Events"), "ticket"),
        ("account", url_for("sellers.home"), _("Account"), "store"),
        ("door", url_for("scanner.home"), _("Scanner"), "scan-line"),
    ]
    nav = [
        {"url": url, "label": label, "icon": icon, "current": name == here}
        for name, url, label, icon in parts
    ]
    return render_template(f"selling/{template}.html", nav=nav, **shown)
