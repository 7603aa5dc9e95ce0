"""Settings: read once from the environment, typed, and complaining about everything at once."""

from __future__ import annotations

import base64
import binascii
import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

SECRET_LENGTH = 32
FEWEST_KINDS = 8  # of characters in a secret, of bytes in a seed: random ones have far more
# What Flask takes for "off".
NOT_DEBUGGING = frozenset({"", "0", "false", "no"})
SEED_BYTES = 32


# Where `make run` writes down how its database, Redis and the rest can be reached while it runs.
LOCAL = Path(__file__).resolve().parent.parent / "instance" / "local.env"


def environment(local: Path = LOCAL) -> Mapping[str, str]:
    """The environment. Where it names no database, what `make run` on this machine is using."""
    if os.environ.get("DATABASE_URL") or not local.exists():
        return os.environ
    pairs = (line.partition("=") for line in shlex.split(local.read_text()))
    return {name: value for name, _, value in pairs} | os.environ


class ConfigError(Exception):
    """One line for each setting that is missing or malformed."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Settings:
    """Every setting of the product. README lists the same names; a test compares.

    Secrets are left out of `repr`: a traceback or a log may show it.
    """

    secret_key: str = field(repr=False)
    ticket_signing_key: bytes = field(repr=False)
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    base_url: str
    stripe_api_key: str = field(repr=False)
    stripe_webhook_secret: str = field(repr=False)
    stripe_connect_webhook_secret: str = field(repr=False)
    mail_host: str
    mail_from: str
    environment: str = "production"
    secret_previous_keys: tuple[str, ...] = field(default=(), repr=False)
    ticket_previous_keys: tuple[bytes, ...] = field(default=(), repr=False)
    stripe_api_base: str = "https://api.stripe.com"
    stripe_pages: str = "https://checkout.stripe.com https://connect.stripe.com"
    stripe_account_kind: str = "express"
    mail_port: int = 587
    mail_user: str = ""
    mail_password: str = field(default="", repr=False)
    mail_tls: bool = True
    platform_fee_bps: int = 100
    platform_fee_fixed: int = 0
    hold_minutes: int = 10
    offer_minutes: int = 30
    queue_join_limit: int = 3
    queue_join_minutes: int = 30
    event_purchase_limit: int = 6
    room_beacon: tuple[str, ...] = ()
    site_name: str = "tixapp"
    trusted_proxies: int = 0
    database_pool: int = 16
    api_calls_per_minute: int = 6000
    metrics_token: str = field(default="", repr=False)
    storage_folder: str = "instance/pictures"
    s3_bucket: str = ""
    s3_endpoint: str = ""
    s3_region: str = "us-east-1"
    s3_access_key: str = field(default="", repr=False)
    s3_secret_key: str = field(default="", repr=False)

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def hold_length(self) -> timedelta:
        return timedelta(minutes=self.hold_minutes)

    @property
    def offer_length(self) -> timedelta:
        return timedelta(minutes=self.offer_minutes)

    @property
    def queue_join_window(self) -> timedelta:
        return timedelta(minutes=self.queue_join_minutes)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Raises ConfigError naming all that is wrong. No secret has a default."""
        reader = _Reader(env)
        values = {field.name: reader.read(field.name, field.default) for field in fields(cls)}
        reader.check(values)
        if reader.faults:
            raise ConfigError(reader.faults)
        return cls(**values)


class _Reader:
    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = env
        self.faults: list[str] = []

    def read(self, name: str, default: Any) -> Any:
        raw = self.env.get(name.upper(), "").strip()
        required = not isinstance(default, str | int | bool | tuple)
        if not raw:
            if required:
                self.faults.append(f"{name.upper()} is missing")
            return None if required else default
        try:
            return PARSERS.get(name, _parser_for(default))(raw)
        except ValueError as fault:
            self.faults.append(f"{name.upper()}: {fault}")
            return default

    def check(self, values: dict[str, Any]) -> None:
        secret = values["secret_key"]
        if secret and _is_weak(secret) and values["environment"] == "production":
            self.faults.append(
                f"SECRET_KEY is too short or an example: give it {SECRET_LENGTH} random characters"
            )
        if values["environment"] not in {"production", "development"}:
            self.faults.append("ENVIRONMENT is production or development")
        debugging = self.env.get("FLASK_DEBUG", "").strip().lower() not in NOT_DEBUGGING
        if values["environment"] == "production" and debugging:
            self.faults.append("FLASK_DEBUG must not be on in production")
        if values["s3_bucket"] and not (values["s3_access_key"] and values["s3_secret_key"]):
            self.faults.append("S3_BUCKET needs S3_ACCESS_KEY and S3_SECRET_KEY")
        if values["stripe_account_kind"] not in {"express", "full"}:
            self.faults.append("STRIPE_ACCOUNT_KIND is express or full")


def _is_weak(secret: str) -> bool:
    """Short, of a few characters only, or an example such as change-me-change-me-change-me…"""
    plain = "".join(c for c in secret.lower() if c.isalnum())
    repeats = plain in (plain + plain)[1:-1]
    return len(secret) < SECRET_LENGTH or repeats or len(set(plain)) < FEWEST_KINDS


def _parser_for(default: Any) -> Callable[[str], Any]:
    if isinstance(default, bool):
        return _boolean
    if isinstance(default, int):
        return _whole_number
    return str


def _whole_number(raw: str) -> int:
    if not raw.isascii() or not raw.isdecimal():
        raise ValueError(f"{raw!r} is not a whole number")
    return int(raw)


def _boolean(raw: str) -> bool:
    if raw.lower() in {"1", "true", "yes", "on"}:
        return True
    if raw.lower() in {"0", "false", "no", "off"}:
        return False
    raise ValueError(f"{raw!r} is neither true nor false")


def _seed(raw: str) -> bytes:
    try:
        seed = base64.b64decode(raw, validate=True)
    except binascii.Error:
        seed = b""
    if len(seed) != SEED_BYTES or len(set(seed)) < FEWEST_KINDS:
        raise ValueError(f"not {SEED_BYTES} random bytes in base64")
    return seed


def _seeds(raw: str) -> tuple[bytes, ...]:
    return tuple(_seed(part) for part in raw.split(","))


def _words(raw: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in raw.split(",") if part.strip())


def _database(raw: str) -> str:
    scheme, sep, rest = raw.partition("://")
    if not sep or scheme.split("+")[0] not in {"postgres", "postgresql"}:
        raise ValueError("not a postgresql:// address")
    return f"postgresql+psycopg://{rest}"


def _web_address(raw: str) -> str:
    if not raw.startswith(("http://", "https://")):
        raise ValueError(f"{raw!r} does not start with http:// or https://")
    return raw.rstrip("/")


def _web_addresses(raw: str) -> tuple[str, ...]:
    return tuple(_web_address(part) for part in _words(raw))


PARSERS: dict[str, Callable[[str], Any]] = {
    "secret_previous_keys": _words,
    "room_beacon": _web_addresses,
    "ticket_signing_key": _seed,
    "ticket_previous_keys": _seeds,
    "database_url": _database,
    "base_url": _web_address,
    "stripe_api_base": _web_address,
    "s3_endpoint": _web_address,
}
