"""Days and codes as people read them."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask_babel import Babel

from tixapp.core.clock import clock
from tixapp.web.filters import grouped, local_datetime, short_day

NEW_YEARS_EVE = datetime(2026, 12, 31, 22, 30, tzinfo=UTC)


@pytest.fixture
def november(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "source", lambda: datetime(2026, 11, 20, 12, tzinfo=UTC))


@pytest.fixture
def context() -> Iterator[None]:
    app = Flask("words")
    Babel(app)
    with app.app_context():
        yield


@pytest.mark.usefixtures("november")
def test_a_day_says_its_year_only_when_it_is_another_one() -> None:
    assert short_day(NEW_YEARS_EVE, "Europe/Berlin") == "Thu 31 Dec"
    assert short_day(NEW_YEARS_EVE, "Asia/Tokyo") == "Fri, 1 Jan 2027"


def test_a_ticket_id_is_read_aloud_in_groups_and_never_ends_in_a_single_letter() -> None:
    assert grouped("K7Q2M4XA9PZ3R") == "K7Q2 M4XA 9PZ3R"
    assert grouped("K7Q2M4XA9P") == "K7Q2 M4XA 9P"
    assert grouped("K7Q2") == "K7Q2"


@pytest.mark.usefixtures("context")
def test_a_time_comes_with_the_place_whose_time_it_is() -> None:
    assert local_datetime(NEW_YEARS_EVE, "Europe/Berlin") == "Thu, 31 Dec 2026, 23:30 Berlin time"
    assert (
        local_datetime(NEW_YEARS_EVE, "America/New_York") == "Thu, 31 Dec 2026, 17:30 New York time"
    )
    assert local_datetime(NEW_YEARS_EVE, "UTC") == "Thu, 31 Dec 2026, 22:30 UTC"
