"""Picture files."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (800, 1000), colour: str = "#c02040", **options: Any
) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, kind, **options)
    return file.getvalue()
