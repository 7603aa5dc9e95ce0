"""Six concerts. Nobody in them exists."""

from __future__ import annotations

from datetime import datetime, timedelta

from tixapp.events.rules import EventDetails

from .shapes import FRIDAY, SATURDAY, Days, DemoEvent, DemoTier, words


def concerts(now: datetime) -> list[DemoEvent]:
    return [
        _low_tide(Days(now, "Europe/Berlin")),
        _nine_lanterns(Days(now, "Europe/London")),
        _delia_crane(Days(now, "America/Chicago")),
        _paper_orchestra(Days(now, "Europe/Vienna")),
        _quiet_hours(Days(now, "Europe/Zurich")),
        _salt_and_circuits(Days(now, "Europe/Amsterdam")),
    ]


def _low_tide(days: Days) -> DemoEvent:
    starts = days.tonight(20, 30)
    return DemoEvent(
        EventDetails(
            name="Low Tide",
            description=words("low-tide"),
            venue="Kesselhalle",
            address="Wasserturmstraße 4",
            city="Berlin",
            timezone=days.zone,
            currency="EUR",
            category="concert",
            starts_at=starts,
            doors_at=starts - timedelta(hours=1),
            ends_at=starts + timedelta(hours=2, minutes=45),
            minimum_age=16,
            return_hours=24,
            accessibility="Step-free, with an accessible toilet. A platform for six wheelchairs.",
        ),
        (
            DemoTier("Floor", 2400, 320, "Standing, in front of the stage"),
            DemoTier("Balcony", 3200, 80, "Seats, first come first served"),
            DemoTier("Floor with the record", 4500, 40, "Standing, and Slack Water on vinyl", 2),
        ),
    )


def _nine_lanterns(days: Days) -> DemoEvent:
    starts = days.next(SATURDAY, 19, 30)
    return DemoEvent(
        EventDetails(
            name="Nine Lanterns: music for a long night",
            description=words("nine-lanterns"),
            venue="St Brannock\u2019s Church",
            address="12 Cooper\u2019s Row",
            city="London",
            timezone=days.zone,
            currency="GBP",
            category="concert",
            starts_at=starts,
            doors_at=starts - timedelta(minutes=45),
            ends_at=starts + timedelta(minutes=80),
            return_hours=72,
            accessibility="Step-free by the north door. Hearing loop in the nave.",
            fee_passed_on=True,
        ),
        (
            DemoTier("Nave", 2800, 140, "Unreserved, clear view"),
            DemoTier("Side aisle", 1600, 60, "Unreserved, pillars in the way"),
            DemoTier("Under 26", 900, 30, "Bring something with your date of birth", 2),
        ),
    )


def _delia_crane(days: Days) -> DemoEvent:
    starts = days.after(44, 20)
    return DemoEvent(
        EventDetails(
            name="Delia Crane: Kitchen Radio",
            description=words("delia-crane"),
            venue="The Armitage",
            address="1840 W Lake Street",
            city="Chicago",
            timezone=days.zone,
            currency="USD",
            category="concert",
            starts_at=starts,
            doors_at=starts - timedelta(hours=1),
            ends_at=starts + timedelta(hours=3),
            on_sale_at=days.after(2, 10),
            minimum_age=18,
            has_room=True,
            purchase_limit=4,
            refund_policy="None, unless the concert is cancelled.",
            accessibility="Lift to every level. Companion tickets are free: write to us.",
        ),
        (
            DemoTier("General admission", 6800, 1800, "Standing"),
            DemoTier("Mezzanine", 9200, 420, "Unreserved seats"),
            DemoTier("Front pit", 14500, 120, "Standing, the ten metres nearest the stage", 2),
        ),
    )


def _paper_orchestra(days: Days) -> DemoEvent:
    starts = days.after(20, 19, 30)
    return DemoEvent(
        EventDetails(
            name="The Paper Orchestra",
            description=words("paper-orchestra"),
            venue="Buchbinderei am Kanal",
            address="Untere Kanalgasse 9",
            city="Vienna",
            timezone=days.zone,
            currency="EUR",
            category="concert",
            starts_at=starts,
            doors_at=starts - timedelta(minutes=30),
            ends_at=starts + timedelta(minutes=90),
            return_hours=24,
            accessibility="Two steps at the door; staff help with a ramp.",
        ),
        (
            DemoTier("Bench", 3200, 16, "Eight rows of two", guests=16),
            DemoTier("Paper bale", 1800, 8, "Soft, low, and very near", guests=8),
        ),
    )


def _quiet_hours(days: Days) -> DemoEvent:
    starts = days.after(9, 21)
    return DemoEvent(
        EventDetails(
            name="Quiet Hours: piano by candlelight",
            description=words("quiet-hours"),
            venue="Seebad Enge Halle",
            address="Uferweg 30",
            city="Zürich",
            timezone=days.zone,
            currency="CHF",
            category="concert",
            starts_at=starts,
            doors_at=starts - timedelta(minutes=45),
            ends_at=starts + timedelta(minutes=70),
            minimum_age=12,
            return_hours=168,
            accessibility="Step-free. Six places for wheelchairs in block A.",
        ),
        (
            DemoTier("Block A, rows 1 to 5", 8400, 60, "Around the piano, on three sides"),
            DemoTier("Block B, rows 6 to 12", 6200, 96, "Facing the keyboard"),
            DemoTier("Block C, rows 13 to 20", 4600, 112, "Raised, clear view"),
            DemoTier("Gallery", 2900, 40, "Along the windows, side view"),
        ),
    )


def _salt_and_circuits(days: Days) -> DemoEvent:
    starts = days.next(FRIDAY, 22) + timedelta(days=28)
    return DemoEvent(
        EventDetails(
            name="Salt & Circuits",
            description=words("salt-and-circuits"),
            venue="Scheepskelder",
            address="Noorderkade 118",
            city="Amsterdam",
            timezone=days.zone,
            currency="EUR",
            category="club",
            starts_at=starts,
            ends_at=starts + timedelta(hours=7),
            minimum_age=18,
        ),
        (DemoTier("Early", 1800, 100, "Until midnight"), DemoTier("Night", 2600, 400)),
        is_published=False,
    )
