"""Addresses that a request hands to Stripe."""

from urllib.parse import urlsplit

from sandbox.stripe.errors import invalid

MAX_LENGTH = 5000


def check_url(url: str, param: str) -> str:
    """An absolute http(s) address. Raises `url_invalid`."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or len(url) > MAX_LENGTH or any(char.isspace() or ord(char) < 32 for char in url):
        raise invalid("Not a valid URL", param, "url_invalid")
    return url
