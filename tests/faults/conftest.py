"""One running tixapp for all tests here, and people who buy in it."""

from __future__ import annotations

from itertools import count

import pytest

from tests.journeys.running import Running, tixapp

from .scene import OnSale, make_event, make_keys, make_seller
from .shopping import Shopper

__all__ = ["tixapp"]

_numbers = count(1)


@pytest.fixture(scope="session")
def seller_key(tixapp: Running) -> str:
    return make_seller(tixapp)


@pytest.fixture(scope="session")
def on_sale(tixapp: Running, seller_key: str) -> OnSale:
    return make_event(tixapp, seller_key, "Fault night", [(2000, 100)], limit=6)


@pytest.fixture
def shopper(tixapp: Running, on_sale: OnSale) -> Shopper:
    return _shopper(tixapp, on_sale)


@pytest.fixture
def another(tixapp: Running, on_sale: OnSale) -> Shopper:
    return _shopper(tixapp, on_sale)


def _shopper(tixapp: Running, on_sale: OnSale) -> Shopper:
    prefix = f"shopper{next(_numbers)}-"
    [key] = make_keys(tixapp, 1, prefix=prefix)
    return Shopper(tixapp, key, f"{prefix}0@load.example.com", on_sale)
