"""What only this installation can make: entries' ids, sealed secrets, signed documents and tokens.

Each purpose has a key of its own, derived from one secret: what is good for one is good for nothing
else, and the database alone gives none of them.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from itsdangerous import BadData, URLSafeSerializer

from tixapp.waiting.rules import draw

NONCE = 12
LONGEST_TOKEN = 300


class SealBroken(Exception):
    """The secret was sealed under a SECRET_KEY that is not known any more: nothing can be drawn
    without it."""


@dataclass(frozen=True)
class RoomSecrets:
    """`previous`: older keys. What was made under them is read; nothing new is made."""

    secret_key: str
    previous: tuple[str, ...] = ()

    def entry_id(self, event_id: str, user_id: int) -> bytes:
        """The same for every join of that account; unguessable, unlinked between events."""
        return draw.entry_id(_derived(self.secret_key, "entry"), event_id, user_id)

    def new_master(self, event_id: str) -> tuple[bytes, str]:
        """(sealed, commitment): what is stored, and what is published."""
        master, nonce = secrets.token_bytes(draw.SECRET_BYTES), secrets.token_bytes(NONCE)
        sealed = _vault(self.secret_key).encrypt(nonce, master, event_id.encode())
        return nonce + sealed, draw.commitment(master).hex()

    def open_master(self, sealed: bytes, event_id: str) -> bytes:
        """Raises SealBroken."""
        for key in self._keys:
            with suppress(InvalidTag):
                return _vault(key).decrypt(sealed[:NONCE], sealed[NONCE:], event_id.encode())
        raise SealBroken(event_id)

    def entry_token(self, event_id: str, user_id: int, win: int) -> str:
        return _tokens(self.secret_key, "room entry").dumps([event_id, user_id, win])

    def read_entry_token(self, token: str) -> tuple[str, int] | None:
        """(event, account), or None for what we did not sign, in any other spelling too."""
        match self._read("room entry", token):
            case [str(event_id), int(user_id), int()]:
                return event_id, user_id
        return None

    def challenge(self, event_id: str, user_id: int, made_at: int) -> str:
        """`made_at` in whole seconds."""
        return _tokens(self.secret_key, "room challenge").dumps([event_id, user_id, made_at])

    def sign(self, text: str) -> str:
        """Ed25519, in base64url without padding."""
        return base64.urlsafe_b64encode(self._signer.sign(text.encode())).decode().rstrip("=")

    @property
    def public_key(self) -> str:
        """What documents are checked with, in hexadecimal."""
        raw = self._signer.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return raw.hex()

    @property
    def _keys(self) -> tuple[str, ...]:
        return (self.secret_key, *self.previous)

    @cached_property
    def _signer(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(_derived(self.secret_key, "document"))

    def _read(self, purpose: str, token: str) -> object:
        if len(token) > LONGEST_TOKEN or not token.isascii():
            return None
        for key in self._keys:
            serializer = _tokens(key, purpose)
            with suppress(BadData):
                found = serializer.loads(token)
                # base64 has several spellings of one token: ours alone is taken.
                return found if serializer.dumps(found) == token else None
        return None


def _derived(secret_key: str, purpose: str) -> bytes:
    return hmac.digest(secret_key.encode(), f"waiting room: {purpose}".encode(), "sha256")


def _vault(secret_key: str) -> AESGCM:
    return AESGCM(_derived(secret_key, "master"))


def _tokens(secret_key: str, purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret_key, salt=purpose)
