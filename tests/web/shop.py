"""What tests of the API share: an event of alice's on sale, and the requests of a shop."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from tests.fixtures.program import Program
from tixapp.core.db import db
from tixapp.events.models import Event, Tier
from tixapp.inventory.models import Stock


def hold(
    shop: Program, event: Event, tier: Tier, quantity: Any = 2, *, once: str = ""
) -> TestResponse:
    body = {"items": [{"tier_id": tier.public_id, "quantity": quantity}]}
    return shop.post(f"/events/{event.public_id}/reservations", body, once=once)


def purchase(
    shop: Program, event: Event, tier: Tier, quantity: Any = 2, *, once: str = ""
) -> TestResponse:
    body = {"event_id": event.public_id, "tier_id": tier.public_id, "quantity": quantity}
    return shop.post("/tickets/purchase", body, once=once)


def held(tier: Tier) -> int:
    return db.session.get_one(Stock, tier.id).held


def sold(tier: Tier) -> int:
    return db.session.get_one(Stock, tier.id).sold


def said(response: TestResponse) -> Any:
    """The JSON of an answer."""
    assert response.is_json, response.text
    return response.get_json()
