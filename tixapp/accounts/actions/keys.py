"""Keys for the REST API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from tixapp.accounts.models import ApiKey
from tixapp.accounts.queries import hashed
from tixapp.core.db import db
from tixapp.core.ids import new_secret
from tixapp.core.trail import note


@dataclass(frozen=True)
class NewKey:
    """`secret` is shown once and stored nowhere."""

    public_id: str
    secret: str


def create_api_key(user_id: int, *, label: str, scopes: Sequence[str], now: datetime) -> NewKey:
    """Without scopes the key may do all that its account may."""
    secret = f"tix_{new_secret()}"
    key = ApiKey(
        user_id=user_id,
        label=label,
        token_hash=hashed(secret),
        scopes=list(scopes),
        created_at=now,
    )
    db.session.add(key)
    db.session.flush()
    note("api_key.made", key.public_id, by=user_id, now=now, after={"scopes": key.scopes})
    return NewKey(key.public_id, secret)


def use_api_key(key_id: int, *, now: datetime) -> None:
    db.session.execute(sa.update(ApiKey).where(ApiKey.id == key_id).values(used_at=now))


def end_api_key(key: ApiKey, *, now: datetime) -> None:
    """Dead from the next request on."""
    key.end(now=now)
    note("api_key.revoked", key.public_id, by=key.user_id, now=now)
