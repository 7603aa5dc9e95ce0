"""People with API keys, and events on sale, in what runs."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from tests.journeys.running import Running

from .person import send

SELLER = "organiser@load.example.com"


def database(running: Running) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(running.settings()["DATABASE_URL"], autocommit=True)


def make_keys(running: Running, count: int, *, prefix: str) -> list[str]:
    """Accounts that never sign in, each with a key. Straight into the tables: hashing a thousand
    passwords would take longer than the load."""
    keys = [f"tix_{secrets.token_hex(16)}" for _ in range(count)]
    people = [
        (f"usr_{secrets.token_hex(8)}", f"{prefix}{number}@load.example.com", "no password")
        for number in range(count)
    ]
    with database(running) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO users (public_id, email, email_key, name, password_hash, is_admin,"
            " created_at, confirmed_at) VALUES (%s, %s, %s, '', %s, false, now(), now())",
            [(public_id, email, email, password) for public_id, email, password in people],
        )
        cursor.executemany(
            "INSERT INTO api_keys (public_id, user_id, label, token_hash, scopes, created_at)"
            " SELECT %s, id, 'load', %s, '[]', now() FROM users WHERE email = %s",
            [
                (f"key_{secrets.token_hex(8)}", hashlib.sha256(key.encode()).digest(), email)
                for key, (_, email, _) in zip(keys, people, strict=True)
            ],
        )
    return keys


def make_seller(running: Running) -> str:
    """An onboarded seller; their key."""
    words = ["--password", secrets.token_hex(16), "--seller", "Load"]
    running.command("user", "create", "--email", SELLER, *words)
    return str(json.loads(running.command("api-key", "create", "--email", SELLER))["key"])


@dataclass(frozen=True)
class OnSale:
    event_id: str
    tiers: list[str]


def make_event(
    running: Running, seller_key: str, name: str, tiers: Sequence[tuple[int, int]], *, limit: int
) -> OnSale:
    """`tiers`: price in cents and places of each. `limit`: tickets for one person."""

    def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {seller_key}", "Content-Type": "application/json"}
        answer = send(f"{running.url}/api/v1{path}", "POST", headers, json.dumps(body).encode())
        assert answer.is_ok, (path, answer)
        return answer.body

    event = post(
        "/events",
        {
            "name": name,
            "venue": "Load Hall",
            "city": "Basel",
            "timezone": "Europe/Zurich",
            "currency": "EUR",
            "starts_at": "2036-05-01T18:00:00Z",
            "purchase_limit": limit,
        },
    )["id"]
    made = [
        post(
            f"/events/{event}/tiers",
            {
                "name": f"Tier {number}",
                "price": {"amount": price, "currency": "EUR"},
                "capacity": places,
                "per_order_limit": limit,
            },
        )["id"]
        for number, (price, places) in enumerate(tiers, 1)
    ]
    post(f"/events/{event}/publish", {})
    return OnSale(event, made)
