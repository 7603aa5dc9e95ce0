"""What is one address, and what is a password."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from tixapp.accounts import passwords
from tixapp.accounts.errors import BadAddress
from tixapp.accounts.queries import LiveKey
from tixapp.accounts.rules import address, device_name, password_fault


@pytest.mark.parametrize(
    "written",
    [
        "ada@example.com",
        "Ada@Example.COM",
        "  ada@example.com\t",
        "ada+tickets@example.com",
        "ＡＤＡ@example.com",  # noqa: RUF001 - full-width letters
        "ada@ｅxample.com",  # noqa: RUF001
    ],
)
def test_spellings_of_one_address_are_one_account(written: str) -> None:
    assert address(written).key == "ada@example.com"


def test_a_kelvin_sign_is_a_k() -> None:
    assert address("ada\u212a@example.com").key == "adak@example.com"


def test_letters_go_to_the_address_as_it_was_written() -> None:
    assert address(" Ada+Tickets@Example.com ").email == "Ada+Tickets@example.com"


def test_both_forms_of_an_international_domain_are_one() -> None:
    assert address("ada@bücher.example").key == "ada@xn--bcher-kva.example"
    assert address("ada@XN--bcher-kva.example") == address("ada@bücher.example")
    assert address("ada@bücher.example").email == "ada@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@example.com,eve@example.com",
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com\x00",
        "аda@example.com",  # noqa: RUF001 - a Cyrillic a
        "adaı@example.com",  # noqa: RUF001 - a dotless i, which upper() makes an I
        '"a b"@example.com',
        "ada@[127.0.0.1]",
        "Ada <ada@example.com>",
        "a" * 300 + "@example.com",
    ],
)
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(BadAddress):
        address(written)


def test_names_of_private_networks_are_addresses() -> None:
    assert address("ada@club.test").key == "ada@club.test"
    assert address("ada@localhost").key == "ada@localhost"


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("short77", "too_short"),
        ("x" * 201, "too_long"),
        ("Password1", "common"),
        ("aaaaaaaaaaaa", "common"),
        ("ada.lovelace", "address"),
        ("Ada.Lovelace@example.com", "address"),
        ("tixapp-demo", None),
        ("pâté de 12 ☃", None),
    ],
)
def test_which_passwords_are_refused(password: str, fault: str | None) -> None:
    assert password_fault(password, "ada.lovelace@example.com") == fault


def test_the_products_own_hashes_cost_19_mib_and_two_passes(
    cheap_passwords: PasswordHasher,
) -> None:
    real = cheap_passwords
    assert (real.time_cost, real.memory_cost, real.parallelism) == (2, 19_456, 1)
    assert real.hash("x").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_hash_made_with_other_parameters_is_outdated() -> None:
    old = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash("secret 77")
    assert passwords.fits("secret 77", old)
    assert passwords.is_outdated(old)
    assert not passwords.is_outdated(passwords.hash_password("secret 77"))


def test_nothing_fits_an_account_that_is_not_there_or_a_broken_hash() -> None:
    assert not passwords.fits("nobody has this password", None)
    assert not passwords.fits("", "")


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        ([], {"read", "write", "door"}),
        (["read"], {"read"}),
        (["write"], {"read", "write"}),
        (["door"], {"door"}),
    ],
)
def test_what_a_keys_scopes_allow(scopes: list[str], allowed: set[str]) -> None:
    key = LiveKey(1, 1, False, scopes, None)
    assert {scope for scope in ("read", "write", "door") if key.allows(scope)} == allowed


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Linux",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"
            " (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
            " Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
            "Edge on Windows",
        ),
        ("curl/8.9", ""),
    ],
)
def test_how_a_browser_is_named(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name
