"""Codes that change every fifteen seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tixapp.tickets.rotating import NotRotating, RotatingCodes, Secret, StaleCode, window_of

NOW = datetime(2026, 11, 20, 20, 0, 7, tzinfo=UTC)
SEED, NEXT = bytes(range(32)), bytes(range(1, 33))
TICKET = "MFRGGZDFMZTWQ"


def secret(seed: bytes = SEED, ticket: str = TICKET) -> Secret:
    return RotatingCodes(seed).secrets(ticket)[0]


def test_the_code_of_a_moment_is_always_the_same() -> None:
    """The buyer's page makes the same one: tests/js/rotating.test.js."""
    assert secret().code(119680056) == "RMFRGGZDFMZTWQ.H2QSFTUZCTRHJBQS4OR73MHV3E3CWIHX"


def test_a_code_is_good_for_two_windows_either_way() -> None:
    codes, code = RotatingCodes(SEED), secret().code(window_of(NOW))
    for seconds in (-30, -15, 0, 15, 30):
        assert codes.read(code, now=NOW + timedelta(seconds=seconds)) == TICKET
    for seconds in (-45, 45, 3600, 86_400 * 365):
        with pytest.raises(StaleCode):
            codes.read(code, now=NOW + timedelta(seconds=seconds))


def test_no_letter_of_a_code_may_be_another() -> None:
    codes, code = RotatingCodes(SEED), secret().code(window_of(NOW))
    for place in range(len(code)):
        other = "B" if code[place] != "B" else "C"
        with pytest.raises((NotRotating, StaleCode)):
            codes.read(code[:place] + other + code[place + 1 :], now=NOW)


def test_each_ticket_and_each_key_has_a_secret_of_its_own() -> None:
    found = [secret(), secret(ticket="AAAAAAAAAAAAA"), secret(NEXT)]
    assert len({one.opener for one in found}) == len({one.mac_key for one in found}) == 3


def test_after_a_rotation_of_the_key_both_codes_are_good_until_the_old_key_goes() -> None:
    window = window_of(NOW)
    rotated = RotatingCodes(NEXT, [SEED])
    assert [one.code(window) for one in rotated.secrets(TICKET)] == [
        secret(NEXT).code(window),
        secret(SEED).code(window),
    ]
    assert rotated.read(secret(SEED).code(window), now=NOW) == TICKET
    with pytest.raises(NotRotating):
        RotatingCodes(NEXT).read(secret(SEED).code(window), now=NOW)
