"""What the person who types `make run` may choose, and what they are told when it cannot be."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sandbox import choices
from sandbox.errors import PortTaken, SandboxError
from sandbox.ports import free_port


@pytest.fixture
def taken() -> Iterator[int]:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_everything_is_ours_where_nothing_is_set(tmp_path: Path) -> None:
    chosen = choices.read(tmp_path, {})
    assert (chosen.port, chosen.stripe_port, chosen.mail_page_port) == (5000, 12111, 8025)
    assert chosen.own_postgres
    assert chosen.own_redis
    assert chosen.own_stripe
    assert chosen.own_mail


@pytest.mark.parametrize(
    ("setting", "part"),
    [
        ("DATABASE_URL", "own_postgres"),
        ("REDIS_URL", "own_redis"),
        ("STRIPE_API_KEY", "own_stripe"),
        ("STRIPE_API_BASE", "own_stripe"),
        ("MAIL_HOST", "own_mail"),
    ],
)
def test_a_real_service_takes_the_place_of_one_part(
    tmp_path: Path, setting: str, part: str
) -> None:
    chosen = choices.read(tmp_path, {setting: "something real"})
    parts = ("own_postgres", "own_redis", "own_stripe", "own_mail")
    assert [name for name in parts if not getattr(chosen, name)] == [part]


def test_settings_may_stand_in_a_file_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "# mine\nexport PORT=5001\nMAIL_PAGE_PORT=8026  # not 8025\nMAIL_FROM='A B <a@b.c>'\n"
    )
    chosen = choices.read(tmp_path, {"PORT": "5002"})
    assert (chosen.port, chosen.mail_page_port) == (5002, 8026)
    assert chosen.given["MAIL_FROM"] == "A B <a@b.c>"


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=5001\nMAIL FROM=me\n")
    with pytest.raises(SandboxError, match=r"\.env, line 2 does not read NAME=value"):
        choices.read(tmp_path, {})


@pytest.mark.parametrize("port", ["abc", "70000", "-1", "٣"])
def test_what_is_no_port_is_refused(tmp_path: Path, port: str) -> None:
    with pytest.raises(SandboxError, match="is not a port"):
        choices.read(tmp_path, {"PORT": port})


def test_a_taken_port_is_named_with_the_setting_and_a_free_one(tmp_path: Path, taken: int) -> None:
    chosen = choices.read(tmp_path, {"PORT": str(free_port()), "MAIL_PAGE_PORT": str(taken)})
    with pytest.raises(PortTaken) as caught:
        chosen.check_ports()
    sentence = str(caught.value)
    assert f"Port {taken}, meant for the page with caught mails, is used" in sentence
    assert "MAIL_PAGE_PORT=" in sentence
    assert f"MAIL_PAGE_PORT={taken} " not in sentence


def test_one_port_cannot_serve_two(tmp_path: Path) -> None:
    port = str(free_port())
    with pytest.raises(PortTaken, match=f"PORT and STRIPE_SANDBOX_PORT are both {port}"):
        choices.read(tmp_path, {"PORT": port, "STRIPE_SANDBOX_PORT": port}).check_ports()


def test_half_of_the_settings_for_the_real_stripe_is_not_enough(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="STRIPE_CONNECT_WEBHOOK_SECRET is missing"):
        choices.read(
            tmp_path, {"STRIPE_API_KEY": "sk_test_1", "STRIPE_WEBHOOK_SECRET": "whsec_1"}
        ).check_stripe()
