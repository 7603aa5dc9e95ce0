"""Cases 27 to 29: what is uploaded, what is served of it, and whose it is."""

from __future__ import annotations

import resource
import time
import zlib
from io import BytesIO
from struct import pack

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from tests.factories.events import make_event, make_tier
from tests.factories.pictures import picture
from tests.factories.sellers import make_seller
from tests.fixtures.browser import Browser
from tests.people import Person
from tests.web.html import attribute
from tixapp.core.db import db
from tixapp.events.jobs import clear_pictures
from tixapp.events.models import Event, EventStatus, Picture
from tixapp.events.rules import MOST_PICTURES
from tixapp.gateways import gateways
from tixapp.gateways.storage import NothingStored, StorageUnavailable

pytestmark = pytest.mark.usefixtures("now")

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
POLYGLOT = b"GIF89a/*" + b"\0" * 8 + b"*/=1;alert(1)//"
MARKER = b"MARKER-52.5200N-13.4050E"


@pytest.fixture
def event(alice: Person) -> Event:
    assert alice.seller
    found = make_event(alice.seller)
    make_tier(found)
    return found


def upload(
    browser: Browser, event: Event, content: bytes, name: str = "poster.jpg"
) -> TestResponse:
    return send(browser, f"/sell/events/{event.public_id}/picture", content, name)


def send(browser: Browser, path: str, content: bytes, name: str) -> TestResponse:
    """As a browser sends a form with a file. Made by hand: the test client would put a large one on
    the disk and leave it there."""
    lines = [
        b"--edge",
        b'Content-Disposition: form-data; name="csrf_token"',
        b"",
        browser.csrf_token().encode(),
        b"--edge",
        f'Content-Disposition: form-data; name="picture"; filename="{name}"'.encode(),
        b"Content-Type: image/jpeg",
        b"",
        content,
        b"--edge--",
        b"",
    ]
    body = b"\r\n".join(lines)
    kind = "multipart/form-data; boundary=edge"
    return browser.post(path, data=body, content_type=kind, buffered=True)


def shown(event: Event) -> list[Picture]:
    return list(db.session.query(Picture).filter(Picture.event_id == event.id, Picture.is_shown()))


def bomb(side: int = 30_000) -> bytes:
    """A PNG of a few kilobytes that says it has 900 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"\0" * (side // 8 + 1) * 100)
    head = pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


# Case 27


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (SVG, "poster.svg"),
        (SVG, "poster.png"),
        (POLYGLOT, "poster.gif"),
        (POLYGLOT, "poster.jpg"),
        (bomb(), "poster.png"),
        (bomb(7_000), "poster.png"),
        (b"", "poster.jpg"),
        (picture()[:300], "poster.jpg"),
        (picture("PNG")[:-40], "poster.png"),
        (picture("GIF"), "poster.jpg"),
        (picture("BMP"), "poster.jpg"),
        (picture(size=(20, 20)), "poster.jpg"),
        (b"%PDF-1.7 " + picture(), "poster.pdf"),
    ],
)
def test_what_is_no_picture_of_ours_is_refused_at_once(
    alice: Person, event: Event, content: bytes, name: str
) -> None:
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = upload(alice.browser, event, content, name)
    assert answer.status_code == 303
    assert "Nothing was changed." in alice.browser.get(answer.location or "").text
    assert db.session.query(Picture).count() == 0
    assert time.monotonic() - began < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # kilobytes


def test_fifty_megabytes_are_refused_by_their_length(alice: Person, event: Event) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert upload(alice.browser, event, b"\xff" * 50_000_000).status_code == 413
    # What the test itself holds, and no copy of it.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 170_000
    assert alice.browser.get(f"/sell/events/{event.public_id}").status_code == 200


def test_a_form_elsewhere_takes_no_file_of_that_size(alice: Person, event: Event) -> None:
    path = f"/sell/events/{event.public_id}/edit"
    assert send(alice.browser, path, b"x" * 2_000_000, "a.jpg").status_code == 413


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("name", ["poster.exe", "../../../../etc/cron.d/x", "déjà vu;.jpg"])
def test_ordinary_pictures_are_taken_whatever_they_are_called(
    alice: Person, event: Event, kind: str, name: str
) -> None:
    assert upload(alice.browser, event, picture(kind), name).status_code == 303
    [found] = shown(event)
    assert (found.width, found.height, found.colour) == (800, 1000, found.colour)
    assert sorted(found.names) == ["480.webp", "800.webp", "shared.jpg"]
    assert all(key.startswith("pic_") for key in found.keys.values())


def test_a_large_photo_becomes_small_files_and_memory_stays_flat(
    alice: Person, event: Event
) -> None:
    photo = picture(size=(8000, 6000), quality=50)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    upload(alice.browser, event, photo)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 120_000
    [found] = shown(event)
    assert (found.width, found.height) == (1600, 1200)
    assert sorted(found.names) == ["1600.webp", "480.webp", "960.webp", "shared.jpg"]


# Case 28


def test_what_is_served_is_drawn_anew_and_holds_nothing_of_the_file(
    alice: Person, client: Browser, event: Event
) -> None:
    exif = Image.Exif()
    exif[0x010E] = MARKER.decode()
    exif[0x0112] = 6  # lies on its side
    photo = picture(size=(1000, 800), exif=exif, comment=MARKER) + b"<?php evil() ?>" + MARKER
    upload(alice.browser, event, photo, "evil.php")
    [found] = shown(event)
    assert (found.width, found.height) == (800, 1000)
    for name in found.names:
        answer = client.get(f"/pictures/{found.public_id}/{name}")
        assert answer.status_code == 200
        assert answer.mimetype == ("image/jpeg" if name == "shared.jpg" else "image/webp")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Content-Disposition"] == f"inline; filename={name}"
        assert MARKER not in answer.data
        assert b"php" not in answer.data
        with Image.open(BytesIO(answer.data)) as served:
            assert not served.getexif()
            assert {"xmp", "icc_profile", "comment"} & set(served.info) == set()
        tag = answer.headers["ETag"]
        again = client.get(f"/pictures/{found.public_id}/{name}", headers={"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    "name", ["481.webp", "480.jpg", "..%2f480.webp", "480.webp%00", "", "shared.svg"]
)
def test_names_that_were_not_made_are_not_found(
    alice: Person, client: Browser, event: Event, name: str
) -> None:
    upload(alice.browser, event, picture())
    [found] = shown(event)
    assert client.get(f"/pictures/{found.public_id}/{name}").status_code == 404
    assert client.get("/pictures/pic_nothing/480.webp").status_code == 404


def test_a_drafts_picture_is_its_sellers_alone(
    alice: Person, dan: Person, bob: Person, client: Browser
) -> None:
    assert alice.seller
    draft = make_event(alice.seller, "Secret", status=EventStatus.DRAFT, published_at=None)
    upload(alice.browser, draft, picture())
    [found] = shown(draft)
    path = f"/pictures/{found.public_id}/480.webp"
    for person in (alice, dan):
        answer = person.browser.get(path)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-store")
    assert bob.browser.get(path).status_code == 404
    assert client.get(path).status_code == 404


def test_a_picture_that_was_replaced_or_removed_is_gone(
    alice: Person, client: Browser, event: Event
) -> None:
    upload(alice.browser, event, picture())
    [old] = shown(event)
    upload(alice.browser, event, picture("PNG"))
    [new] = shown(event)
    assert client.get(f"/pictures/{old.public_id}/480.webp").status_code == 404
    assert client.get(f"/pictures/{new.public_id}/480.webp").status_code == 200
    alice.browser.submit(f"/sell/events/{event.public_id}/picture/removal")
    assert client.get(f"/pictures/{new.public_id}/480.webp").status_code == 404
    assert clear_pictures() == 2
    for gone in (old, new):
        for key in gone.keys.values():
            with pytest.raises(NothingStored):
                gateways().storage.get(key)
    assert clear_pictures() == 0


def test_a_storage_that_fails_half_way_shows_nothing(
    alice: Person, event: Event, monkeypatch: pytest.MonkeyPatch, at, now
) -> None:
    def fail(*_given: object) -> None:
        raise StorageUnavailable("full")

    monkeypatch.setattr("tixapp.gateways.storage.FolderStorage.put", fail)
    answer = upload(alice.browser, event, picture())
    assert "could not be kept" in alice.browser.get(answer.location or "").text
    assert shown(event) == []
    at(now.replace(hour=now.hour + 2))
    assert clear_pictures() == 1


# Case 29


def test_another_sellers_event_cannot_be_given_a_picture(
    alice: Person, bob: Person, dan: Person, client: Browser, event: Event
) -> None:
    make_seller(bob.user, "Bob's Bar")
    upload(alice.browser, event, picture())
    [before] = shown(event)
    for browser, status in ((bob.browser, 404), (dan.browser, 404), (client, 303)):
        assert upload(browser, event, picture("PNG")).status_code == status
        path = f"/sell/events/{event.public_id}/picture/removal"
        assert browser.submit(path).status_code == status
    assert [found.id for found in shown(event)] == [before.id]
    assert db.session.query(Picture).count() == 1


def test_uploads_have_a_quota(alice: Person, event: Event, now) -> None:
    for number in range(MOST_PICTURES):
        db.session.add(
            Picture(
                public_id=f"pic_{number}", event_id=event.id, seller_id=event.seller_id, width=1,
                height=1, colour="#000000", names=[], uploaded_at=now, removed_at=now,
            )
        )  # fmt: skip
    answer = upload(alice.browser, event, picture())
    assert "enough pictures for today" in alice.browser.get(answer.location or "").text
    assert db.session.query(Picture).count() == MOST_PICTURES


def test_pages_use_the_picture_without_moving(alice: Person, client: Browser, event: Event) -> None:
    upload(alice.browser, event, picture())
    [found] = shown(event)
    for path in (f"/e/{event.slug}", "/", "/search"):
        page = client.get(path).text
        [src] = attribute(page, "img", "srcset")
        assert src == (
            f"/pictures/{found.public_id}/480.webp 480w, /pictures/{found.public_id}/800.webp 800w"
        )
        assert attribute(page, "img", "width") == ["800"]
        assert attribute(page, "img", "height") == ["1000"]
        assert f'fill="{found.colour}"' in page
    shared = f"http://localhost/pictures/{found.public_id}/shared.jpg"
    page = client.get(f"/e/{event.slug}").text
    assert attribute(page, "meta", "content", property="og:image") == [shared]
    assert f'"image": "{shared}"' in page
