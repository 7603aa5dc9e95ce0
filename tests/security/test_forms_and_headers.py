"""What another site can make a browser do, and what every answer carries.

The routes are read from the application itself: one that is added later is tested with the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import AnyConverter, BaseConverter, Rule
from werkzeug.test import TestResponse

from tests.fixtures.app import new_browser
from tests.fixtures.browser import Browser
from tests.people import Person
from tixapp.api.auth import Access
from tixapp.api.calls import CALLS
from tixapp.app import WITHOUT_CSRF, csrf
from tixapp.events.models import Event, Tier
from tixapp.orders.models import Order

SAFE = {"GET", "HEAD", "OPTIONS"}
WRITES = ("INSERT", "UPDATE", "DELETE")
EVIL = "https://evil.example"
# What says nothing of whoever asks. A page that joins them is looked at first.
THE_SAME_FOR_ALL = {
    "static",
    "favicon",
    "crawlers.robots",
    "crawlers.sitemap",
    "tickets_offline.service_worker",
    "waiting.shared_document",
    "waiting.key_table",
}
ABOUT_THE_API = {"api.openapi", "api.docs"}


def address(app: Flask, rule: Rule) -> str:
    """Of a route, with made-up ids."""
    made_up = {name: _value(rule._converters[name]) for name in rule.arguments}
    return app.url_map.bind("localhost").build(rule.endpoint, made_up)


def _value(converter: BaseConverter) -> str:
    """Where an address takes a few words only, one of them."""
    return min(converter.items) if isinstance(converter, AnyConverter) else "x"


def unsafe_forms(app: Flask) -> Iterator[tuple[str, str]]:
    """(method, path) of all that changes something for whoever has the cookie."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] in WITHOUT_CSRF:
            continue
        for method in sorted((rule.methods or set()) - SAFE):
            yield method, address(app, rule)


def pages(app: Flask) -> Iterator[tuple[str, str]]:
    """(endpoint, path) of all that can be looked at."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or set()):
            yield rule.endpoint, address(app, rule)


# Case 17


def test_only_what_is_signed_or_takes_keys_goes_without_a_forms_token() -> None:
    assert {"webhooks", "api", "unsubscribing"} == WITHOUT_CSRF
    assert set(csrf._exempt_views) == set()


def test_no_form_is_taken_without_its_own_token_or_from_another_site(
    app: Flask, erin: Person, mallory: Person, queries
) -> None:
    with mallory.browser.session_transaction() as session:
        session["csrf_token"] = "of mallory's browser"
    browser, foreign = erin.browser, mallory.browser.csrf_token()
    own = browser.csrf_token()
    browser.get("/account")  # the visit is noted now, and not among the requests that follow
    found = list(unsafe_forms(app))
    assert len(found) > 15
    for method, path in found:
        with queries() as asked:
            answers = [
                browser.open(path, method=method),
                browser.open(path, method=method, data={"csrf_token": foreign}),
                browser.open(path, method=method, data={"csrf_token": own[:-1]}),
                browser.open(
                    path, method=method, data='{"csrf_token": "x"}', content_type="text/plain"
                ),
                browser.open(path, method=method, json={"csrf_token": own}),
                browser.open(path, method=method, query_string={"csrf_token": own}),
                browser.open(
                    path, method=method, data={"csrf_token": own}, headers={"Origin": EVIL}
                ),
                browser.open(
                    path, method=method, data={"csrf_token": own}, headers={"Origin": "null"}
                ),
            ]
        assert [a.status_code for a in answers] == [400] * 6 + [403] * 2, (method, path)
        assert not [statement for statement in asked if statement.startswith(WRITES)], path


def test_what_changes_something_does_not_go_by_get(app: Flask, erin: Person, queries) -> None:
    erin.browser.get("/account")
    for method, path in unsafe_forms(app):
        with queries() as asked:
            erin.browser.get(path, query_string={"_method": method, "ticket": "x", "name": "Eve"})
            erin.browser.get(path, headers={"X-HTTP-Method-Override": method})
        assert not [statement for statement in asked if statement.startswith(WRITES)], path


def test_a_cookie_opens_nothing_of_the_api(app: Flask, bob: Person, queries) -> None:
    bob.browser.get("/account")
    keyless = {f"api.{made.name}" for made in CALLS if made.access in {Access.OPEN, Access.PUBLIC}}
    keyless |= ABOUT_THE_API
    asked_for = 0
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("api.") and rule.endpoint not in keyless:
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                asked_for += 1
                with queries() as asked:
                    answer = bob.browser.open(
                        address(app, rule), method=method, json=None if method == "GET" else {}
                    )
                assert answer.status_code == 401, (method, rule.rule)
                assert asked == []
    assert asked_for > 10


# Case 18


def has_security_headers(answer: TestResponse) -> bool:
    policy = answer.headers.get("Content-Security-Policy", "")
    return (
        "default-src 'self'" in policy
        and "frame-ancestors 'none'" in policy
        and "object-src 'none'" in policy
        and "base-uri 'none'" in policy
        and "unsafe-inline" not in policy
        and "'unsafe-eval'" not in policy
        and "*" not in policy
        and answer.headers.get("X-Content-Type-Options") == "nosniff"
        and answer.headers.get("X-Frame-Options") == "DENY"
        and answer.headers.get("Referrer-Policy") == "strict-origin-when-cross-origin"
        and "Server" not in answer.headers
    )


def test_every_page_and_every_refusal_carries_the_security_headers(
    app: Flask, client: Browser, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(**_: object) -> str:
        raise RuntimeError("a secret of the server")

    monkeypatch.setitem(app.view_functions, "selling.home", breaks)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answers = {
        200: client.get("/sign-in"),
        303: client.get("/account"),
        400: client.post("/sign-in"),
        404: client.get("/no-such-page"),
        405: client.delete("/sign-in"),
        413: client.post("/sign-in", data={"email": "x" * 2_000_000}),
        422: client.submit("/sign-in", email="x", password="x"),
        500: client.get("/sell"),
    }
    assert {status: answer.status_code for status, answer in answers.items()} == {
        status: status for status in answers
    }
    assert "secret of the server" not in answers[500].text
    assert "Traceback" not in answers[500].text
    for _ in range(45):
        slowed = client.submit("/sign-in", email="bob@example.com", password="wrong")
    assert slowed.status_code == 429
    others = [
        slowed,
        client.get("/favicon.ico", buffered=True),
        client.get("/health"),
        client.get("/api/v1/x"),
    ]
    others += [client.post("/stripe/webhook"), client.options("/sign-in"), client.head("/")]
    others += [bob.browser.get(path, buffered=True) for _endpoint, path in pages(app)]
    for answer in [*answers.values(), *others]:
        assert has_security_headers(answer), (answer.request.path, answer.status_code)


def test_only_the_scanner_may_run_webassembly_and_nothing_may_run_inline(client: Browser) -> None:
    assert "wasm" not in client.get("/").headers["Content-Security-Policy"]
    page = client.get("/sign-in").text
    assert "<script>" not in page
    assert " style=" not in page
    assert " onclick=" not in page


# Case 19


def test_nothing_that_a_signed_in_person_sees_is_kept_in_a_shared_cache(
    app: Flask, bob: Person
) -> None:
    for endpoint, path in pages(app):
        if endpoint in THE_SAME_FOR_ALL or endpoint.startswith(("api.", "scanner_offline.")):
            continue
        control = bob.browser.get(path).headers["Cache-Control"]
        assert "no-store" in control or "private" in control, (path, control)
        assert "public" not in control


def test_own_pages_are_stored_nowhere(
    bob: Person, order: Order, concert: Event, floor: Tier
) -> None:
    for path in ("/", "/orders", f"/orders/{order.public_id}", "/tickets", f"/e/{concert.slug}"):
        assert bob.browser.get(path).headers["Cache-Control"] == "no-store"


def test_headers_that_a_client_makes_up_choose_no_address(
    app: Flask, client: Browser, concert: Event, floor: Tier
) -> None:
    made_up = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "6.6.6.6",
        "X-Original-URL": "/staff",
        "X-Rewrite-URL": "/staff",
        "Forwarded": "host=evil.example",
    }
    ways = ["/", "/search?q=night", f"/e/{concert.slug}", "/sign-in", "/account", "/sell"]
    ways += ["/e//x", "/scan//x", "/sign-in/", f"/e/{concert.slug}.ics", "/api/v1/events"]
    ways += ["/sitemap.xml", "/robots.txt", "/api/v1/openapi.json", "/api/v1/docs"]
    for path in ways:
        answer = client.get(path, headers=made_up, base_url="http://evil.example")
        assert "evil.example" not in answer.text, path
        assert "evil.example" not in answer.headers.get("Location", ""), path
    seen = new_browser(app).get("/sign-in", headers=made_up)
    assert seen.status_code == 200
