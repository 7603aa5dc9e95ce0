"""Ticket codes: what the QR shows.

    T<13 characters: the ticket's id>.<103 characters: Ed25519 signature>

Only upper-case letters, digits and a dot, so that a QR code keeps it in its alphanumeric mode
(118 characters, version 5 at level M). No personal data. One ticket has exactly one spelling.
"""

import base64
import binascii
import re
import struct
import zlib
from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby

import qrcode
import qrcode.constants
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from itsdangerous import BadSignature, Signer
from itsdangerous.encoding import want_bytes
from itsdangerous.signer import SigningAlgorithm

FORMAT = "T"
SALT = b"tixapp.ticket.1"
# base32 leaves bits over at the end: only letters whose last one (of an id), last three (of a
# signature) are zero are the one right spelling.
_SHAPE = re.compile(r"T[A-Z2-7]{12}[ACEGIKMOQSUWY246]\.[A-Z2-7]{102}[AIQY]")
TICKET_ID = re.compile(r"[A-Z2-7]{13}")
# The smallest that holds a code; another text may take a larger one.
VERSION_OF_QR = 5
# Masks break up patterns in what is shown. A signature has none: any mask does as well, and trying
# all eight for the best takes eight times as long.
MASK = 3


class UnknownCode(ValueError):
    """Forged, cut, re-spelled, or not one of ours at all."""


# Making a key from its seed costs more than using it, and a door uses the same one all evening.
@lru_cache(maxsize=8)
def _private_key(seed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed)


class Ed25519Algorithm(SigningAlgorithm):
    """Anyone with the public key can check a code; only the server can make one.

    A text has one signature by a key, and making it costs a third of checking one: so here a code
    is checked as itsdangerous does it, by writing it anew and comparing in constant time.
    """

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return _private_key(key).sign(value)


class TicketSigner(Signer):
    """itsdangerous' Signer with Ed25519, and base32 where it has base64.

    The seed is the key itself: it is random already, and the public half goes to the scanners.
    """

    def __init__(self, seeds: Iterable[bytes]) -> None:
        """`seeds`: oldest first; the last one signs, all of them verify."""
        super().__init__(list(seeds), salt=SALT, sep=".", algorithm=Ed25519Algorithm())

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        return want_bytes(secret_key or self.secret_keys[-1])

    def get_signature(self, value: str | bytes) -> bytes:
        signature = self.algorithm.get_signature(self.derive_key(), self._salted(value))
        return base64.b32encode(signature).rstrip(b"=")

    def verify_signature(self, value: str | bytes, sig: str | bytes) -> bool:
        try:
            raw = base64.b32decode(want_bytes(sig) + b"=")
        except binascii.Error:
            return False
        return any(
            self.algorithm.verify_signature(self.derive_key(seed), self._salted(value), raw)
            for seed in reversed(self.secret_keys)
        )

    def _salted(self, value: str | bytes) -> bytes:
        return want_bytes(self.salt) + b":" + want_bytes(value)


class TicketCodes:
    """Makes and reads codes with the keys of one installation."""

    def __init__(self, seed: bytes, previous: Iterable[bytes] = ()) -> None:
        self._signer = TicketSigner([*previous, seed])

    def code_for(self, ticket_id: str) -> str:
        return self._signer.sign(FORMAT + ticket_id).decode()

    def signature_of(self, ticket_id: str) -> bytes:
        """What only this ticket's code shows, by the present key."""
        return base64.b32decode(self.code_for(ticket_id).partition(".")[2] + "=")

    def read(self, code: str) -> str:
        """The ticket's id. Raises UnknownCode for anything but the one right spelling."""
        if not _SHAPE.fullmatch(code):
            raise UnknownCode(code[:20])
        try:
            return self._signer.unsign(code).decode()[1:]
        except BadSignature as fault:
            raise UnknownCode(code[:20]) from fault

    def ticket_id(self, scanned: str) -> str | None:
        """As `read`, for a door, where a code that is none of ours is nothing unusual."""
        try:
            return self.read(scanned.strip())
        except UnknownCode:
            return None


def typed_ticket_id(typed: str) -> str | None:
    """The thirteen characters under the QR, perhaps with the gaps and hyphens people put in."""
    text = "".join(typed.split()).replace("-", "").upper()
    return text if TICKET_ID.fullmatch(text) else None


def qr_svg(code: str) -> str:
    """The code as an SVG of one path, black on white with its quiet zone, 45 modules wide."""
    matrix = qr_modules(code)
    size = len(matrix)
    path = "".join(_bars(y, row) for y, row in enumerate(matrix))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" '
        f'shape-rendering="crispEdges"><path fill="#fff" d="M0,0h{size}v{size}h-{size}z"/>'
        f'<path fill="#000" d="{path}"/></svg>'
    )


def _bars(y: int, row: list[bool]) -> str:
    """Dark modules beside each other as one bar: a third of the text of one for each."""
    bars, x = "", 0
    for dark, modules in groupby(row):
        width = len(list(modules))
        bars += f"M{x},{y}h{width}v1h-{width}z" if dark else ""
        x += width
    return bars


def qr_png(code: str, scale: int = 8) -> bytes:
    """The same as a PNG of one bit a pixel, for mail: `scale` pixels a module."""
    rows = bytearray()
    for modules in qr_modules(code):
        bits = "".join(("0" if dark else "1") * scale for dark in modules)
        bits += "0" * (-len(bits) % 8)
        line = b"\0" + int(bits, 2).to_bytes(len(bits) // 8)  # 0: this line is not filtered
        rows += line * scale
    side = len(modules) * scale
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, data)
        for kind, data in (
            (b"IHDR", header),
            (b"IDAT", zlib.compress(bytes(rows), 4)),
            (b"IEND", b""),
        )
    )


def qr_modules(code: str) -> list[list[bool]]:
    """Dark or light, row by row, the quiet zone with them."""
    qr = qrcode.QRCode(
        version=VERSION_OF_QR,
        error_correction=qrcode.constants.ERROR_CORRECT_M,
        border=4,
        box_size=1,
        mask_pattern=MASK,
    )
    qr.add_data(code, optimize=0)
    qr.make(fit=True)
    matrix: list[list[bool]] = qr.get_matrix()
    return matrix


def _chunk(kind: bytes, data: bytes) -> bytes:
    """Source: PNG specification, section 5.3."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
