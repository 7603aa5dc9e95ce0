"""Ids that people see: random, saying nothing, never a permission."""

import base64
import secrets


def new_id(prefix: str) -> str:
    """`prefix_` and 16 characters of base32 (80 random bits)."""
    return f"{prefix}_{base64.b32encode(secrets.token_bytes(10)).decode().lower()}"


def new_ticket_id() -> str:
    """13 upper-case base32 characters (64 random bits): short enough to type at a door."""
    return base64.b32encode(secrets.token_bytes(8)).decode().rstrip("=")


def new_secret() -> str:
    """A token for a link or a key, of 256 random bits. Only its hash is stored."""
    return secrets.token_urlsafe(32)
