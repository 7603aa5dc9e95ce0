"""Films for Chromium's fake camera: ticket codes held up to a lens, one after the other.

    film = write_film(tmp_path / "door.mjpeg", [NOBODY, Scene(code), NOBODY])
    browser = playwright.chromium.launch(args=[..., *fake_camera(film)])

The film starts when the page opens the camera, and runs in a loop.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import qrcode
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

FRAMES_PER_SECOND: Final = 30  # Chromium plays every .mjpeg at this rate
SIZE: Final = (1280, 720)
ROOM: Final = (92, 86, 80)  # the colour of a badly lit entrance
PATCH: Final = 48  # pixels; the corner that is white while a code is in view

Look = Literal["ordinary", "dark", "tilted", "inverted", "small", "blurred"]


@dataclass(frozen=True)
class Scene:
    """What stands in front of the camera for a while: a code, or a picture of one. Else nobody."""

    code: str | None = None
    seconds: float = 2.0
    look: Look = "ordinary"
    picture: Image.Image | None = None


NOBODY: Final = Scene(seconds=1.6)


def write_film(path: Path, scenes: Iterable[Scene]) -> Path:
    """Writes the scenes one after the other. `path` must end in .mjpeg."""
    if path.suffix != ".mjpeg":
        raise ValueError("Chromium tells the format by the name: it must end in .mjpeg")
    with path.open("wb") as film:
        for scene in scenes:
            frame = _jpeg(picture(scene))
            for _ in range(round(scene.seconds * FRAMES_PER_SECOND)):
                film.write(frame)
    return path


def fake_camera(film: Path) -> list[str]:
    """Chromium's arguments: allow the camera without asking, and play this film in it."""
    return [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]


def picture(scene: Scene) -> Image.Image:
    """One frame of the scene."""
    frame = Image.new("RGB", SIZE, ROOM)
    screen = scene.picture or (_drawn(scene.code) if scene.code else None)
    if screen is None:
        return frame
    phone = _phone(screen, scene.look)
    frame.paste(phone, ((SIZE[0] - phone.width) // 2, (SIZE[1] - phone.height) // 2), phone)
    frame = _light(frame.convert("RGB"), scene.look)
    ImageDraw.Draw(frame).rectangle((0, 0, PATCH, PATCH), fill="white")
    return frame


def _drawn(code: str) -> Image.Image:
    maker = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, box_size=10, border=4)
    maker.add_data(code)
    maker.make(fit=True)
    return maker.make_image().get_image().convert("RGB")


def _phone(image: Image.Image, look: Look) -> Image.Image:
    """A screen with the code, turned as people hold it; transparent around it."""
    if look == "inverted":
        image = ImageOps.invert(image)
    height = 190 if look == "small" else 420
    image = image.resize((height, height), Image.Resampling.LANCZOS).convert("RGBA")
    degrees = 27 if look == "tilted" else 2
    return image.rotate(degrees, Image.Resampling.BICUBIC, expand=True)


def _light(frame: Image.Image, look: Look) -> Image.Image:
    if look == "dark":
        frame = ImageEnhance.Contrast(ImageEnhance.Brightness(frame).enhance(0.22)).enhance(0.6)
    if look == "blurred":
        frame = frame.filter(ImageFilter.GaussianBlur(2.2))
    return frame


def _jpeg(frame: Image.Image) -> bytes:
    out = io.BytesIO()
    frame.save(out, "JPEG", quality=85, subsampling="4:2:0")
    return out.getvalue()
