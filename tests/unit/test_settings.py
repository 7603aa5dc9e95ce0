"""Settings are read once, and complain about everything at once."""

from __future__ import annotations

import base64
from dataclasses import fields

import pytest

from tixapp.config import ConfigError, Settings

KEY = base64.b64encode(bytes(range(32))).decode()
OLD_KEY = base64.b64encode(bytes(range(1, 33))).decode()
ENOUGH = {
    "SECRET_KEY": "q8Zt5vXw2LmN7pRs1aBc4dEf6gHj9kUy",
    "TICKET_SIGNING_KEY": KEY,
    "BASE_URL": "https://tickets.example",
    "DATABASE_URL": "postgresql://user:word@db.example/tixapp",
    "REDIS_URL": "redis://cache.example/0",
    "STRIPE_API_KEY": "sk_live_1",
    "STRIPE_WEBHOOK_SECRET": "whsec_1",
    "STRIPE_CONNECT_WEBHOOK_SECRET": "whsec_2",
    "MAIL_HOST": "mail.example",
    "MAIL_FROM": "tickets@tickets.example",
}


def settings(**others: str) -> Settings:
    return Settings.from_env(ENOUGH | others)


def faults(**others: str) -> list[str]:
    with pytest.raises(ConfigError) as refusal:
        settings(**others)
    return refusal.value.faults


def test_everything_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(ConfigError) as refusal:
        Settings.from_env({})
    assert sorted(refusal.value.faults) == sorted(f"{name} is missing" for name in ENOUGH)
    assert str(refusal.value) == "\n".join(refusal.value.faults)


def test_what_is_enough_is_enough_and_means_production() -> None:
    read = settings()
    assert read.is_production
    assert (read.platform_fee_bps, read.hold_minutes, read.offer_minutes) == (100, 10, 30)
    assert read.event_purchase_limit == 6
    assert read.database_url == "postgresql+psycopg://user:word@db.example/tixapp"
    assert read.stripe_api_base == "https://api.stripe.com"


def test_no_secret_has_a_default() -> None:
    required = {field.name.upper() for field in fields(Settings) if field.name.upper() in ENOUGH}
    assert required == set(ENOUGH)


@pytest.mark.parametrize(
    "secret", ["changeme", "secret", "dev", "tixapp", "ChangeMe", "q8Zt5vXw2LmN7pRs1aBc4dEf6gHj9kU"]
)
def test_a_short_or_an_example_secret_starts_nothing_in_production(secret: str) -> None:
    assert faults(SECRET_KEY=secret) == [
        "SECRET_KEY is too short or an example: give it 32 random characters"
    ]
    assert settings(SECRET_KEY=secret, ENVIRONMENT="development").secret_key == secret


def test_debugging_is_not_for_production() -> None:
    assert faults(FLASK_DEBUG="1") == ["FLASK_DEBUG must not be on in production"]


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("TICKET_SIGNING_KEY", "c2hvcnQ=", "not 32 random bytes in base64"),
        ("TICKET_SIGNING_KEY", "*" * 44, "not 32 random bytes in base64"),
        ("TICKET_PREVIOUS_KEYS", f"{OLD_KEY},oops", "not 32 random bytes in base64"),
        ("DATABASE_URL", "mysql://db/tixapp", "not a postgresql:// address"),
        ("DATABASE_URL", "tixapp.db", "not a postgresql:// address"),
        ("BASE_URL", "tickets.example", "does not start with http:// or https://"),
        ("STRIPE_API_BASE", "ftp://x", "does not start with http:// or https://"),
        ("PLATFORM_FEE_BPS", "1.5", "is not a whole number"),
        ("PLATFORM_FEE_BPS", "-1", "is not a whole number"),
        ("HOLD_MINUTES", "ten", "is not a whole number"),
        ("HOLD_MINUTES", "\u0661\u0660", "is not a whole number"),
        ("MAIL_TLS", "perhaps", "is neither true nor false"),
        ("ENVIRONMENT", "staging", "ENVIRONMENT is production or development"),
        ("STRIPE_ACCOUNT_KIND", "standard", "STRIPE_ACCOUNT_KIND is express or full"),
    ],
)
def test_what_is_malformed_is_named_and_why(name: str, value: str, fault: str) -> None:
    [found] = faults(**{name: value})
    assert found.startswith(name)
    assert fault in found


def test_two_faults_are_two_lines() -> None:
    assert len(faults(HOLD_MINUTES="ten", MAIL_TLS="perhaps", SECRET_KEY="dev")) == 3


def test_older_ticket_keys_are_read_in_their_order() -> None:
    read = settings(TICKET_PREVIOUS_KEYS=f"{OLD_KEY},{KEY}")
    assert read.ticket_previous_keys == (bytes(range(1, 33)), bytes(range(32)))


@pytest.mark.parametrize(("raw", "value"), [("1", True), ("YES", True), ("off", False)])
def test_yes_and_no_have_several_spellings(raw: str, value: bool) -> None:
    assert settings(MAIL_TLS=raw).mail_tls is value


def test_an_address_loses_its_last_slash() -> None:
    assert settings(BASE_URL="https://tickets.example/").base_url == "https://tickets.example"
