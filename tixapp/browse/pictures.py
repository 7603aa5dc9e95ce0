"""Pictures of events, from the storage: only those that stand on a page which may be seen."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request, url_for
from flask_login import current_user

from tixapp.core.db import end_reading
from tixapp.core.errors import NotFound
from tixapp.core.pictures import widths_of
from tixapp.events.access import may_preview
from tixapp.events.models import EventStatus, Picture
from tixapp.events.queries import picture_to_show
from tixapp.gateways import gateways

YEAR = 31_536_000
MIMETYPES = {"webp": "image/webp", "jpg": "image/jpeg"}
SHARED = "shared.jpg"
# Nothing in it runs, whatever a browser takes it for.
POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


@dataclass(frozen=True)
class Image:
    """What `macros/event_card.html` reads of a picture."""

    src: str
    srcset: str
    width: int
    height: int
    colour: str


def image_of(picture: Picture | None) -> Image | None:
    if picture is None:
        return None
    widths = widths_of(picture.width)
    urls = {width: _url(picture, f"{width}.webp") for width in widths}
    return Image(
        src=urls[widths[min(1, len(widths) - 1)]],
        srcset=", ".join(f"{url} {width}w" for width, url in urls.items()),
        width=picture.width,
        height=picture.height,
        colour=picture.colour,
    )


def shared_path(picture: Picture) -> str:
    """The picture that messengers show of a link."""
    return _url(picture, SHARED)


def serve(picture_id: str, name: str) -> Response:
    """Raises NotFound for what was removed, and for drafts of others."""
    picture = picture_to_show(picture_id)
    is_draft = picture.event.status == EventStatus.DRAFT
    if is_draft and not may_preview(current_user, picture.event):
        raise NotFound("There is no such picture.")
    key = picture.keys.get(name)
    if key is None:
        raise NotFound("There is no such picture.")
    end_reading()
    response = Response(gateways().storage.get(key), mimetype=MIMETYPES[name.rpartition(".")[2]])
    response.set_etag(key.replace("/", "-"))
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Content-Disposition"] = f"inline; filename={name}"
    response.headers["Cache-Control"] = (
        "private, no-store" if is_draft else f"public, max-age={YEAR}, immutable"
    )
    response.make_conditional(request)
    return response


def _url(picture: Picture, name: str) -> str:
    return url_for("browse.picture", picture_id=picture.public_id, file=name)
