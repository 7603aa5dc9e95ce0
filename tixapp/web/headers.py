"""Security headers on every answer, and what may be cached."""

from flask import Flask, Response, request, session
from flask_login import current_user

CSP = "Content-Security-Policy"
POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "form-action": "'self'",
}
# The scanner decodes in WebAssembly inside a worker, and a worker goes by its own file's policy.
DECODER = "/scan/decoder.js"
SCANNER_POLICY = POLICY | {
    "script-src": "'self' 'wasm-unsafe-eval'",
    "worker-src": "'self'",
    "media-src": "'self' blob:",
}


EXTENSION = "fixed_headers"
Headers = tuple[tuple[str, str], ...]


def register(app: Flask) -> None:
    # Paying posts our form and is sent on to the payment page: form-action covers redirects too.
    payment_pages = app.config["PAYMENT_PAGES"]
    ordinary = _policy_text(POLICY | {"form-action": f"'self' {payment_pages}"})
    scanner = _policy_text(SCANNER_POLICY)
    fixed = _fixed(camera="()", hsts=app.config["HTTPS"])
    with_camera = _fixed(camera="(self)", hsts=app.config["HTTPS"])
    app.extensions[EXTENSION] = ((CSP, ordinary), *fixed)

    @app.after_request
    def add_headers(response: Response) -> Response:
        headers = response.headers
        scans = request.blueprint == "scanner"
        if CSP not in headers:
            headers[CSP] = scanner if scans or request.path == DECODER else ordinary
        headers.update(with_camera if scans else fixed)
        if "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store" if _is_personal(response) else "no-cache"
        return response


def fixed_headers(app: Flask) -> Headers:
    """What every ordinary answer carries, for those that are made without a hook."""
    found: Headers = app.extensions[EXTENSION]
    return found


def _fixed(*, camera: str, hsts: bool) -> Headers:
    permissions = f"camera={camera}, microphone=(), geolocation=(), payment=()"
    found = [
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Permissions-Policy", permissions),
    ]
    if hsts:
        found.append(("Strict-Transport-Security", "max-age=31536000; includeSubDomains"))
    return tuple(found)


def _is_personal(response: Response) -> bool:
    """Whatever a signed-in person sees, or carries a cookie, stays out of every cache."""
    # The session's own cookie is set after this runs.
    sets_cookie = session.modified or "Set-Cookie" in response.headers
    return sets_cookie or bool(current_user and current_user.is_authenticated)


def _policy_text(policy: dict[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in policy.items())
