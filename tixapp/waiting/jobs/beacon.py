"""Fetching the public random numbers that draws wait for."""

from __future__ import annotations

from tixapp.core.clock import clock
from tixapp.core.db import db, transaction
from tixapp.core.sweeps import each
from tixapp.gateways import gateways
from tixapp.gateways.beacon import BeaconUnavailable
from tixapp.waiting.actions.drawing import hear_beacon
from tixapp.waiting.queries.proof import awaited_beacons
from tixapp.waiting.rules.beacon import Round, silent


def fetch_beacons() -> int:
    """Of every room whose entrants are fixed; how many drew a little nearer. A round that nobody
    gives is waited for half a minute: then the draw goes on without, and says so."""
    due = [found for found in awaited_beacons() if found[1].due_at <= clock.now()]
    db.session.rollback()
    return sum(each(due, fetch_one))


def fetch_one(found: tuple[int, Round]) -> bool:
    event_id, named = found
    try:
        value = gateways().beacon.value(named.address, named.number)
        heard = Round(named.number, value).text
    except BeaconUnavailable:
        if clock.now() < named.gives_up_at:
            return False
        heard = silent(named)
    with transaction():
        return hear_beacon(event_id, heard, now=clock.now())
