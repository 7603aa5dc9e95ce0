"""The `Stripe-Signature` header."""

import hashlib
import hmac


def signature(payload: bytes, secret: str, timestamp: int) -> str:
    """`t=…,v1=…`: HMAC-SHA256 over the time, a dot and the payload, keyed with the whole secret."""
    signed = f"{timestamp}.".encode() + payload
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"
