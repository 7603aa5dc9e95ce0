"""After signing in a person goes back to where they were, and nowhere else."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tixapp.web.forms import own_path

HERE = "https://tickets.example/sign-in"

HOSTILE = [
    None,
    "",
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\/evil.example/",
    "\\\\evil.example",
    "/\t/evil.example/",
    "/\n/evil.example/",
    "\t//evil.example/",
    " //evil.example/",
    "/ /evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "tickets.example@evil.example",
    "https:/evil.example",
    "https:evil.example",
    "/ok\r\nSet-Cookie: a=b",
    "/ok\x00",
    "/\x7f/evil.example",
]


@pytest.mark.parametrize("target", HOSTILE)
def test_a_hostile_target_is_no_path_of_ours(target: str | None) -> None:
    assert own_path(target) is None


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/tickets",
        "/e/night-trains?tier-tier_1=2",
        "/search?q=%2F%2Fevil.example",
        "/search?q=https://evil.example",
        "/e/東京",
        "/a//b",
    ],
)
def test_a_path_of_ours_stays_as_it_is(target: str) -> None:
    assert own_path(target) == target


@given(st.text(alphabet="/\\:.@?#ae\t\n\r \x00%hjps", max_size=12))
def test_whatever_is_let_through_stays_on_this_site(target: str) -> None:
    path = own_path(target)
    if path is not None:
        assert urlsplit(urljoin(HERE, path)).netloc == "tickets.example"
