"""What a buyer does on the pages, and reads there."""

from __future__ import annotations

import re

import sqlalchemy as sa
from werkzeug.test import TestResponse

from tests.fixtures.browser import Browser
from tixapp.core.db import db
from tixapp.events.models import Event, Tier
from tixapp.orders.models import Order


def choose(browser: Browser, event: Event, tier: Tier, quantity: object = 2) -> TestResponse:
    return browser.submit(f"/e/{event.slug}/holds", **{f"tier-{tier.public_id}": str(quantity)})


def place(response: TestResponse) -> str:
    """Where a redirect leads; see-other, so that loading again sends nothing twice."""
    assert response.status_code == 303
    return str(response.headers["Location"])


def said(browser: Browser, path: str) -> str:
    """The words of a page, without markup, spaces folded."""
    response = browser.get(path)
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.text).split())


def the_only_order() -> Order:
    return db.session.scalars(sa.select(Order).execution_options(populate_existing=True)).one()
