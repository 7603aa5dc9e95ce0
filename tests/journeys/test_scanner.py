"""The door in a real browser: a film in the fake camera, the real page, the real check-ins."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.journeys.camera import NOBODY, Scene
from tests.journeys.doors import LOOKS, Door, Stand, door, listed, stand, verdict

__all__ = ["door", "stand"]

AXE = Path(__file__).resolve().parents[1] / "vendor" / "axe.min.js"


def violations(page: Page) -> list[str]:
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(
        "async () => (await axe.run()).violations.flatMap("
        "v => v.nodes.map(n => v.id + ': ' + n.target))"
    )
    return found


def test_codes_are_read_however_they_are_held_and_each_admits_once(
    door: Door, stand: Stand
) -> None:
    gap = Scene(seconds=1.5)
    scenes = [NOBODY]
    for code, look in zip(door.codes, LOOKS, strict=True):
        scenes += [Scene(code, seconds=1.0, look=look), gap]
    page = stand(*scenes)
    assert violations(page) == []
    page.get_by_role("button", name="Start scanning").click()
    verdict(page, "admitted")
    assert violations(page) == []
    expect(page.locator("[data-part=admitted]")).to_have_text("6", timeout=25_000)
    assert listed(page)[:5] == ["Admit"] * 5
    verdict(page, "already_used")  # the film has begun again
    expect(page.locator("[data-part=verdict-text]")).to_contain_text("s ago, Main door.")
    assert violations(page) == []
    assert door.admitted() == 6


def test_a_code_that_stays_in_view_is_one_scan(door: Door, stand: Stand) -> None:
    page = stand(Scene(door.codes[0], seconds=1))
    page.get_by_role("button", name="Start scanning").click()
    verdict(page, "admitted")
    page.wait_for_timeout(4_000)
    assert listed(page) == ["Admit"]
    assert door.admitted() == 1


def test_codes_that_are_not_ours_never_stop_the_scanner(door: Door, stand: Stand) -> None:
    forged = door.codes[0][:-4] + "AAAA"
    odd = [forged, door.numbers[0], "HTTPS://EXAMPLE.COM/" * 20]
    page = stand(NOBODY, *(Scene(text, seconds=1) for text in odd), Scene(door.codes[1]), NOBODY)
    page.get_by_role("button", name="Start scanning").click()
    verdict(page, "unknown")
    verdict(page, "admitted")
    assert listed(page) == ["Admit", "Not a ticket", "Not a ticket", "Not a ticket"]
    assert door.admitted() == 1


def test_without_network_and_list_nothing_is_admitted_and_scanning_goes_on_by_itself_after(
    door: Door, stand: Stand
) -> None:
    page = stand(NOBODY, Scene(door.codes[0], seconds=4), keeps=False)
    page.get_by_role("button", name="Start scanning").click()
    expect(page.locator("[data-scanner][data-camera=live]")).to_be_visible()
    page.context.set_offline(True)
    verdict(page, "unchecked")
    expect(page.locator("[data-part=verdict-text]")).to_have_text("No connection. Try again.")
    expect(page.locator("[data-part=connection]")).to_contain_text("No connection since ")
    assert door.admitted() == 0
    page.context.set_offline(False)
    verdict(page, "admitted")
    expect(page.locator("[data-part=connection]")).to_have_text("Online")
    assert door.admitted() == 1


def test_an_answer_lost_on_its_way_is_asked_for_again_and_still_admits(
    door: Door, stand: Stand
) -> None:
    lost: list[str] = []

    def lose_the_answer(route: Route) -> None:
        if len(lost) == 2:
            route.continue_()
        else:
            lost.append(route.fetch().text())
            route.abort("connectionreset")

    page = stand(Scene(door.codes[0], seconds=1), keeps=False)
    page.route("**/check-ins", lose_the_answer)
    page.get_by_role("button", name="Start scanning").click()
    verdict(page, "unchecked")
    assert all('"admitted"' in answer for answer in lost)
    verdict(page, "admitted")
    assert door.admitted() == 1


def test_a_number_may_be_typed_without_a_camera(door: Door, stand: Stand) -> None:
    page = stand(NOBODY)
    number = door.numbers[2]
    expect(page.get_by_role("button", name="Start scanning")).to_be_visible()
    for result in ("admitted", "already_used"):
        page.get_by_label("Ticket number").fill(f"{number[:4].lower()} {number[4:]}")
        page.get_by_role("button", name="Check").click()
        verdict(page, result)
        page.keyboard.press("Escape")
        expect(page.locator("[data-part=verdict]")).to_be_hidden()
    assert listed(page) == ["Used", "Admit"]
    assert door.admitted() == 1
