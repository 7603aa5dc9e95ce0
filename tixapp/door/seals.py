"""Names that open only with their own ticket's code, and the keys of the door.

Each key is derived for one purpose from the installation's signing key (HKDF with a label).
"""

import base64
import hmac
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tixapp.tickets.codes import TicketCodes
from tixapp.tickets.rotating import RotatingCodes

NAME = "tixapp.door.name.1"
ROTATING = "tixapp.door.rotating.1"
KEY_BYTES, NONCE_BYTES = 16, 12
MAC_LETTERS = 16


def b64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class DoorKeys:
    """`seeds`: the signing keys of the installation, the present one first."""

    def __init__(self, seed: bytes, previous: Iterable[bytes] = ()) -> None:
        previous = tuple(previous)
        self.seeds = (seed, *reversed(previous))
        self._codes = [TicketCodes(one) for one in self.seeds]
        self._rotating = RotatingCodes(seed, previous)

    @property
    def ticket_keys(self) -> list[str]:
        """What checks the codes of tickets."""
        return [_public(seed) for seed in self.seeds]

    @property
    def list_keys(self) -> list[str]:
        """What checks that a list is ours."""
        return [_public(_purpose(seed, "tixapp.door.list.1")) for seed in self.seeds]

    @property
    def fingerprint(self) -> bytes:
        return sha256("".join(self.ticket_keys).encode()).digest()

    def sign_list(self, event_id: str, body: bytes) -> str:
        text = f"tixapp.door.list.1:{event_id}:{sha256(body).hexdigest()}"
        return b64url(_private(_purpose(self.seeds[0], "tixapp.door.list.1")).sign(text.encode()))

    def log_key(self, device_id: str) -> bytes:
        """What a device proves its lines with. `device_id`: its public one."""
        return _log_key(self.seeds[0], device_id)

    def proves(self, text: str, mac: str, device_id: str) -> bool:
        """Whether the device wrote this line, under this key of ours or an earlier one."""
        return any(
            hmac.compare_digest(line_mac(_log_key(seed, device_id), text), mac)
            for seed in self.seeds
        )

    def group(self, order_id: int) -> str:
        """The same for all tickets of an order, and nothing else."""
        key = _purpose(self.seeds[0], "tixapp.door.group.1")
        return base64.b32encode(hmac.digest(key, str(order_id).encode(), "sha256")[:5]).decode()

    def seal_name(self, ticket_id: str, name: str) -> str:
        """One seal for each key in use, joined by dots."""
        if not name:
            return ""
        return ".".join(
            seal(codes.signature_of(ticket_id), NAME, ticket_id, name.encode())
            for codes in self._codes
        )

    def seal_rotating(self, ticket_id: str, name: str) -> str:
        return ".".join(
            seal(secret.opener.encode(), ROTATING, ticket_id, secret.mac_key + name.encode())
            for secret in self._rotating.secrets(ticket_id)
        )


def seal(material: bytes, purpose: str, ticket_id: str, text: bytes) -> str:
    """The key serves for this one text alone, so the nonce may follow from it too."""
    derived = hkdf(material, f"{purpose}:{ticket_id}", KEY_BYTES + NONCE_BYTES)
    return b64url(AESGCM(derived[:KEY_BYTES]).encrypt(derived[KEY_BYTES:], text, None))


def line_mac(key: bytes, text: str) -> str:
    return base64.b32encode(hmac.digest(key, text.encode(), "sha256")).decode()[:MAC_LETTERS]


def hkdf(material: bytes, label: str, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=label.encode()).derive(material)


@lru_cache(maxsize=64)
def _purpose(seed: bytes, label: str) -> bytes:
    return hkdf(seed, label, 32)


def _log_key(seed: bytes, device_id: str) -> bytes:
    return hmac.digest(_purpose(seed, "tixapp.door.log.1"), device_id.encode(), "sha256")


@lru_cache(maxsize=16)
def _private(seed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed)


def _public(seed: bytes) -> str:
    return b64url(_private(seed).public_key().public_bytes_raw())
