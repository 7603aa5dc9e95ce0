"""The blueprint, and what all its pages have."""

from typing import Any

from flask import Blueprint, render_template

bp = Blueprint("selling", __name__, url_prefix="/sell")


def page(template: str, *, here: str = "events", **shown: Any) -> str:
    """With the seller's navigation beside it; `here` names the page's part of it."""
    return render_template(f"selling/{template}.html", here=here, **shown)
