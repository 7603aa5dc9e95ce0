"""Pictures that people upload: checked before they are decoded, and drawn anew.

Nothing of the file itself is kept: its pixels are pasted into a fresh picture, so that no metadata,
no place where it was taken and no second file inside it comes along.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from threading import BoundedSemaphore
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError

from .errors import Invalid, TooMany

# Never guessed from a name or a header: these readers are asked and no others.
FORMATS = ("JPEG", "PNG", "WEBP")
LARGEST_FILE = 8 * 1024 * 1024
WIDTHS = (480, 960, 1600)
# The most that one file of each width may weigh, so that a page keeps to its budget.
HEAVIEST = {480: 28_000, 960: 90_000, 1600: 180_000}
QUALITIES = (80, 70, 60, 48, 36, 24)
SHARED = (1200, 630)  # what messengers show of a link
SMALLEST = 300
LONGEST_SIDE = 12_000
# Pixels to decode. A JPEG is decoded at a half, a quarter or an eighth where that is enough; one
# that is drawn in several passes is held whole first.
MOST_PIXELS = 16_000_000
MOST_PIXELS_JPEG = 60_000_000
PAPER = (255, 255, 255)
# One at a time in a process: what decoding takes of memory is taken once.
_ROOM = BoundedSemaphore(1)
PATIENCE_SECONDS = 20


class BadPicture(Invalid):
    """Not a picture that we take; the message says why, in words for a person."""

    code = "bad_picture"


@dataclass(frozen=True)
class Drawn:
    """`files` by name, each with its bytes; `colour` is `#rrggbb`."""

    width: int
    height: int
    colour: str
    files: dict[str, bytes]

    @property
    def size(self) -> int:
        return sum(len(content) for content in self.files.values())


def draw(file: IO[bytes]) -> Drawn:
    """The picture in the sizes that pages need. Raises BadPicture, TooMany."""
    if not _ROOM.acquire(timeout=PATIENCE_SECONDS):
        raise TooMany("Other pictures are being read at the moment.", retry_after=10)
    try:
        return _drawn(_fresh(file))
    finally:
        _ROOM.release()


def _fresh(file: IO[bytes]) -> Image.Image:
    """Its pixels, upright, on a sheet of their own."""
    try:
        with Image.open(file, formats=FORMATS) as found:
            _check_size(found)
            found.draft("RGB", (WIDTHS[-1], WIDTHS[-1]))
            found.seek(0)
            return _pasted(found)
    except BadPicture:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as fault:
        raise _too_large() from fault
    except UnidentifiedImageError as fault:
        raise BadPicture("This is not a JPEG, PNG or WebP picture.") from fault
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, OverflowError) as fault:
        raise BadPicture("The picture is damaged: please save it again and retry.") from fault


def _check_size(found: Image.Image) -> None:
    width, height = found.size
    is_whole = found.format != "JPEG" or "progressive" in found.info
    most = MOST_PIXELS if is_whole else MOST_PIXELS_JPEG
    if width * height > most or max(width, height) > LONGEST_SIDE:
        raise _too_large()
    if min(width, height) < SMALLEST:
        raise BadPicture(f"The picture is smaller than {SMALLEST} by {SMALLEST} pixels.")


def _too_large() -> BadPicture:
    millions = MOST_PIXELS // 1_000_000
    return BadPicture(f"The picture has too many pixels: please make it smaller ({millions} MP).")


def _pasted(found: Image.Image) -> Image.Image:
    width = WIDTHS[-1]
    longest = (width, width * 3)
    if found.mode in {"RGB", "RGBA", "L"}:
        found.thumbnail(longest, Image.Resampling.LANCZOS, reducing_gap=2.0)
    upright = ImageOps.exif_transpose(found)
    shown = upright.convert("RGB" if upright.mode in {"RGB", "L", "CMYK"} else "RGBA")
    shown.thumbnail(longest, Image.Resampling.LANCZOS)
    sheet = Image.new("RGB", shown.size, PAPER)
    sheet.paste(shown, mask=shown.getchannel("A") if shown.mode == "RGBA" else None)
    return sheet


def _drawn(sheet: Image.Image) -> Drawn:
    width, height = sheet.size
    files = {}
    for wanted in widths_of(width):
        size = (wanted, max(1, round(height * wanted / width)))
        smaller = sheet.resize(size, Image.Resampling.LANCZOS) if wanted != width else sheet
        heaviest = next(most for step, most in HEAVIEST.items() if wanted <= step)
        files[f"{wanted}.webp"] = _light(smaller, "WEBP", heaviest)
    shared = ImageOps.fit(sheet, SHARED, Image.Resampling.LANCZOS)
    files["shared.jpg"] = _light(shared, "JPEG", HEAVIEST[1600])
    return Drawn(width, height, _colour(sheet), files)


def widths_of(width: int) -> tuple[int, ...]:
    """Which widths a picture of that width is kept in: none is drawn larger than it is."""
    return (*(step for step in WIDTHS if step < width), min(width, WIDTHS[-1]))


def _light(sheet: Image.Image, kind: str, heaviest: int) -> bytes:
    """As good as it can be within so many bytes."""
    content = b""
    for quality in QUALITIES:
        file = BytesIO()
        sheet.save(file, kind, quality=quality, **({"method": 4} if kind == "WEBP" else {}))
        content = file.getvalue()
        if len(content) <= heaviest:
            break
    return content


def _colour(sheet: Image.Image) -> str:
    """The one that is there most, of a few."""
    few = sheet.resize((64, 64)).quantize(6)
    counts = few.histogram()
    index = counts.index(max(counts))
    red, green, blue = (few.getpalette() or [])[3 * index : 3 * index + 3]
    return f"#{red:02x}{green:02x}{blue:02x}"
