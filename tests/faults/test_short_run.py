"""Half a minute of `make chaos`."""

from __future__ import annotations

import pytest

from tests.journeys.running import Running

from .run import Plan, go

SEED = 7


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_nothing_is_lost_or_sold_twice_while_everything_is_killed(
    tixapp: Running, seller_key: str
) -> None:
    calm = Plan("control", 5, SEED, buyers=15, strikes=False)
    assert go(tixapp, calm, seller_key=seller_key, say=print).violations == []

    outcome = go(tixapp, Plan("chaos", 30, SEED, buyers=30), seller_key=seller_key, say=print)

    assert outcome.violations == []
    assert sum(outcome.strikes.values()) >= 5
    assert sum(outcome.sold.values()) > 20
