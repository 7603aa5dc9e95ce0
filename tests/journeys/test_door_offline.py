"""A door without a network: real phones, real lists, a line that is cut and comes back."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.journeys.camera import NOBODY, Scene
from tests.journeys.doors import PATIENCE, Door, Stand, door, listed, stand, until, verdict
from tixapp.config import Settings
from tixapp.core.db import transaction
from tixapp.tickets.actions import void_refunded
from tixapp.tickets.codes import TicketCodes

__all__ = ["door", "stand"]


KEYS_KEPT = """() => new Promise((told) => {
    const opening = indexedDB.open("tixapp-door");
    opening.onsuccess = () => {
        const asked = opening.result.transaction("facts").objectStore("facts").getAll();
        asked.onsuccess = () => {
            opening.result.close();
            told(asked.result.find((fact) => fact.head)?.head.keys.length);
        };
    };
})"""


def visit_once(page: Page) -> None:
    """Long enough for the page to keep itself and its list."""
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.get_by_role("button", name="Phone").click()
    line = page.locator("[data-part=phone-line]")
    expect(line).to_contain_text("6 tickets kept on this phone", timeout=PATIENCE)
    page.keyboard.press("Escape")
    kept = "caches.match(location.pathname, {ignoreVary: true}).then(found => Boolean(found))"
    assert page.evaluate(kept)


def start(page: Page) -> None:
    page.get_by_role("button", name="Start scanning").click()


def test_a_phone_that_was_here_once_scans_without_a_network_through_a_restart(
    door: Door, stand: Stand
) -> None:
    page = stand(NOBODY)
    visit_once(page)
    page.context.close()
    door.network(there=False)

    page = stand(NOBODY, Scene(door.codes[0], seconds=1))
    start(page)
    verdict(page, "admitted")
    expect(page.locator("[data-part=verdict-holder]")).not_to_be_empty()
    verdict(page, "already_used")
    expect(page.locator("[data-part=connection]")).to_contain_text("No connection since")
    expect(page.locator("[data-part=connection]")).to_contain_text("to send")
    expect(page.locator("[data-part=connection]")).to_contain_text("list of")
    page.context.close()

    page = stand(Scene(door.codes[0], seconds=1))
    start(page)
    verdict(page, "already_used")
    assert door.admitted() == 0

    door.network(there=True)
    expect(page.locator("[data-part=connection]")).to_contain_text(
        "Online · all sent", timeout=30_000
    )
    assert door.admitted() == 1


def test_the_first_visit_is_600_kilobytes_and_a_later_one_brings_no_file_again(
    door: Door, stand: Stand
) -> None:
    page = stand(NOBODY)
    visit_once(page)
    assert sum(door.sent.values()) < 600_000
    assert door.sent.total() > 400_000  # the reader among it: these are all files
    door.sent.clear()
    page.reload()
    expect(page.get_by_role("button", name="Start scanning")).to_be_visible()
    page.wait_for_function(
        "() => performance.getEntriesByName(location.origin"
        " + document.querySelector('[data-base]').dataset.base + '/me').length"
    )
    files = {path for path in door.sent if path.startswith("/static/") or path.endswith(".js")}
    assert files <= {"/scan/worker.js"}  # is there a new version?
    assert door.sent.total() < 60_000  # the page itself is 35, whether there is a new version 6


def test_a_ticket_that_was_refunded_before_the_line_broke_is_refused(
    door: Door, stand: Stand
) -> None:
    with transaction():
        void_refunded([door.ticket(0)], refund_id=None)
    page = stand(Scene(door.codes[0], seconds=1))
    visit_once(page)
    door.network(there=False)
    start(page)
    verdict(page, "refunded")


def test_after_the_next_list_old_and_new_keys_are_good_alone_and_a_refunded_ticket_is_not(
    door: Door, stand: Stand, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = stand(NOBODY)
    visit_once(page)
    new, old = bytes(reversed(settings.ticket_signing_key)), settings.ticket_signing_key
    rotated = replace(settings, ticket_signing_key=new, ticket_previous_keys=(old,))
    monkeypatch.setitem(door.app.extensions, "settings", rotated)
    with transaction():
        void_refunded([door.ticket(2)], refund_id=None)
    page.evaluate("dispatchEvent(new Event('online'))")
    until(page, KEYS_KEPT, 2)
    door.network(there=False)
    signed_anew = TicketCodes(new).code_for(door.numbers[1])
    for code, result in (
        (door.codes[0], "admitted"),
        (signed_anew, "admitted"),
        (door.codes[1], "already_used"),
        (door.codes[2], "refunded"),
    ):
        page.get_by_label("Ticket number").fill(code)
        page.get_by_role("button", name="Check").click()
        verdict(page, result)
        page.keyboard.press("Escape")
        expect(page.locator("[data-part=verdict]")).to_be_hidden()


def test_no_bad_code_stops_a_phone_that_is_alone(door: Door, stand: Stand) -> None:
    page = stand(NOBODY)
    visit_once(page)
    door.network(there=False)
    good = door.codes[0]
    forged = good[:30] + ("B" if good[30] == "A" else "A") + good[31:]
    bad = [forged, good[:60], good.lower()[:50], "T" * 512, "\\", "😀" * 40, good + good]
    for text in bad:
        page.get_by_label("Ticket number").fill(text)
        page.get_by_role("button", name="Check").click()
        verdict(page, "unknown")
        page.keyboard.press("Escape")
        expect(page.locator("[data-part=verdict]")).to_be_hidden()
    page.get_by_label("Ticket number").fill(good)
    page.get_by_role("button", name="Check").click()
    verdict(page, "admitted")
    assert listed(page)[0] == "Admit"


def test_an_admission_is_taken_back_without_a_network(door: Door, stand: Stand) -> None:
    page = stand(NOBODY)
    visit_once(page)
    door.network(there=False)
    for _ in range(2):
        page.get_by_label("Ticket number").fill(door.codes[1])
        page.get_by_role("button", name="Check").click()
        verdict(page, "admitted")
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Undo").first.click()
        expect(page.get_by_text("taken back").first).to_be_visible()
    door.network(there=True)
    expect(page.locator("[data-part=connection]")).to_contain_text(
        "Online · all sent", timeout=30_000
    )
    expect(page.locator("[data-part=admitted]")).to_have_text("0")


def test_two_phones_without_a_network_tell_each_other_who_is_inside(
    door: Door, stand: Stand
) -> None:
    here = stand(NOBODY, phone="north")
    visit_once(here)
    elsewhere = stand(NOBODY, phone="south")
    visit_once(elsewhere)
    elsewhere.context.close()
    door.network(there=False)
    here.get_by_label("Ticket number").fill(door.codes[2])
    here.get_by_role("button", name="Check").click()
    verdict(here, "admitted")
    here.keyboard.press("Escape")
    here.get_by_role("button", name="Phone").click()
    here.get_by_role("button", name="Show my scans").click()
    expect(here.locator("[data-part=phone-picture]")).to_be_visible()
    shown = Scene(picture=drawn(here), seconds=2)

    other = stand(shown, NOBODY, Scene(door.codes[2], seconds=1), phone="south")
    start(other)
    verdict(other, "already_used")
    assert listed(other)[-1] == "Used"
    assert door.admitted() == 0


def drawn(page: Page) -> Image.Image:
    """What the other phone's screen shows."""
    data = page.locator("[data-part=phone-picture]").evaluate("canvas => canvas.toDataURL()")
    picture = Image.open(io.BytesIO(base64.b64decode(data.partition(",")[2]))).convert("RGB")
    return picture.resize((picture.width * 8, picture.height * 8), Image.Resampling.NEAREST)
