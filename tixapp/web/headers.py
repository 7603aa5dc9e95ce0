"""Security headers on every answer, and what may be cached."""

from flask import Flask, Response, request, session
from flask_login import current_user

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


def register(app: Flask) -> None:
    # Paying posts our form and is sent on to the payment page: form-action covers redirects too.
    payment_pages = app.config["PAYMENT_PAGES"]
    ordinary = _policy_text(POLICY | {"form-action": f"'self' {payment_pages}"})
    scanner = _policy_text(SCANNER_POLICY)
    hsts = app.config["HTTPS"]

    @app.after_request
    def add_headers(response: Response) -> Response:
        headers = response.headers
        decodes = request.blueprint == "scanner" or request.path == DECODER
        policy = scanner if decodes else ordinary
        headers.setdefault("Content-Security-Policy", policy)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        camera = "camera=(self)" if request.blueprint == "scanner" else "camera=()"
        headers["Permissions-Policy"] = f"{camera}, microphone=(), geolocation=(), payment=()"
        if hsts:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        if "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store" if _is_personal(response) else "no-cache"
        return response


def _is_personal(response: Response) -> bool:
    """Whatever a signed-in person sees, or carries a cookie, stays out of every cache."""
    # The session's own cookie is set after this runs.
    sets_cookie = session.modified or "Set-Cookie" in response.headers
    return sets_cookie or bool(current_user and current_user.is_authenticated)


def _policy_text(policy: dict[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in policy.items())
