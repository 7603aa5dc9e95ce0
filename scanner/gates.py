"""The gate a phone stands at: its staff name it once, the phone remembers."""

from flask import Response, current_app, request
from flask_babel import gettext as _

COOKIE = "scan_gate"
LONGEST = 40
HALF_A_YEAR = 182 * 24 * 3600


def clean_gate(raw: object) -> str:
    """One short printable line; the ordinary name when nothing is left of it."""
    if not isinstance(raw, str):
        raw = ""
    printable = "".join(c if c.isprintable() else " " for c in raw)
    return " ".join(printable.split())[:LONGEST].strip() or str(_("Main door"))


def current_gate() -> str:
    """As asked for in the address, else as this phone remembers it."""
    return clean_gate(request.args.get("gate") or request.cookies.get(COOKIE))


def remember_gate(response: Response, gate: str) -> Response:
    response.set_cookie(
        COOKIE,
        gate,
        max_age=HALF_A_YEAR,
        path="/scan",
        secure=bool(current_app.config["HTTPS"]),
        httponly=True,
        samesite="Lax",
    )
    return response
