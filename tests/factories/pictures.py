"""Picture files, and one that stands on an event's page."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image

from tests.factories import saved
from tests.fixtures.time import NOON
from tixapp.events.models import Event, Picture
from tixapp.gateways import gateways


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (800, 1000), colour: str = "#c02040", **options: Any
) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, kind, **options)
    return file.getvalue()


def make_picture(event: Event) -> Picture:
    """480 pixels wide, its one file in the storage."""
    made = saved(
        Picture(
            event_id=event.id,
            seller_id=event.seller_id,
            width=480,
            height=600,
            colour="#c02040",
            names=["480.webp"],
            uploaded_at=NOON,
            ready_at=NOON,
        )
    )
    gateways().storage.put(made.keys["480.webp"], picture("WEBP", (480, 600)), "image/webp")
    return made
