"""Four basketball games. No team in them exists."""

from __future__ import annotations

from datetime import datetime, timedelta

from tixapp.events.rules import EventDetails

from .shapes import FRIDAY, SUNDAY, Days, DemoEvent, DemoTier, words


def games(now: datetime) -> list[DemoEvent]:
    return [
        _herons(Days(now, "Europe/London")),
        _city_final(Days(now, "Europe/Berlin")),
        _nightingales(Days(now, "America/New_York")),
        _open_court(Days(now, "Europe/Madrid")),
    ]


def _herons(days: Days) -> DemoEvent:
    starts = days.next(FRIDAY, 19, 30)
    return DemoEvent(
        EventDetails(
            name="Harbour Herons v Northgate Foxes",
            description=words("herons"),
            venue="Albion Dock Arena",
            address="3 Ropewalk",
            city="Liverpool",
            timezone=days.zone,
            currency="GBP",
            category="basketball",
            starts_at=starts,
            doors_at=starts - timedelta(hours=2),
            ends_at=starts + timedelta(hours=2, minutes=15),
            return_hours=1,
            accessibility="Step-free, twelve courtside places for wheelchairs, quiet room.",
        ),
        (
            DemoTier("River end", 1400, 400, "Standing, with the drums"),
            DemoTier("Side stand", 2200, 600, "Unreserved seats"),
            DemoTier("Courtside", 5500, 40, "Feet on the boards", 2),
            DemoTier("Child", 600, 200, "Under 14, river end or side stand"),
        ),
    )


def _city_final(days: Days) -> DemoEvent:
    starts = days.next(SUNDAY, 17) + timedelta(days=14)
    opens = (days.now + timedelta(minutes=30)).replace(second=0, microsecond=0)
    opens += timedelta(minutes=-opens.minute % 5)
    return DemoEvent(
        EventDetails(
            name="City Final: Lindenau Lions v Kiez Comets",
            description=words("city-final"),
            venue="Halle am Gleisdreieck",
            address="Luckenwalder Straße 15",
            city="Berlin",
            timezone=days.zone,
            currency="EUR",
            category="basketball",
            starts_at=starts,
            doors_at=starts - timedelta(minutes=90),
            ends_at=starts + timedelta(hours=2, minutes=30),
            on_sale_at=opens,
            has_room=True,
            refund_policy="If the final is moved or not played, in full.",
            accessibility="Step-free, twenty places for wheelchairs on the upper ring.",
        ),
        (
            DemoTier("Lower ring", 3600, 300, "Seats, both long sides"),
            DemoTier("Upper ring", 2200, 500, "Seats, all round"),
            DemoTier("Standing curve", 1500, 200, "Neutral, and louder than both"),
        ),
    )


def _nightingales(days: Days) -> DemoEvent:
    # Late in Europe something is on tonight all the same: here.
    is_early = Days(days.now, "Europe/Berlin").has_tonight(20, 30)
    starts = days.after(6, 19, 30) if is_early else days.tonight(19, 30)
    return DemoEvent(
        EventDetails(
            name="Brooklyn Nightingales v Portland Tides",
            description=words("nightingales"),
            venue="Gowanus Field House",
            address="255 3rd Street",
            city="New York",
            timezone=days.zone,
            currency="USD",
            category="basketball",
            starts_at=starts,
            doors_at=starts - timedelta(minutes=90),
            ends_at=starts + timedelta(hours=2, minutes=30),
            return_hours=48,
            return_share_bps=9_000,
            accessibility="Elevators at gates A and D, assistive listening at the desk.",
            fee_passed_on=True,
        ),
        (
            DemoTier("Upper bowl", 2900, 2400, "Sections 201 to 224"),
            DemoTier("Lower bowl", 6400, 1200, "Sections 101 to 118"),
            DemoTier("Baseline club", 14800, 90, "Seats with food and a view of the huddle"),
        ),
    )


def _open_court(days: Days) -> DemoEvent:
    starts = days.after(16, 10)
    return DemoEvent(
        EventDetails(
            name="Open Court by the sea",
            description=words("open-court"),
            venue="Pistes del Bogatell",
            address="Passeig Marítim 80",
            city="Barcelona",
            timezone=days.zone,
            currency="EUR",
            category="basketball",
            starts_at=starts,
            ends_at=starts + timedelta(hours=8, minutes=30),
            return_hours=0,
            accessibility="Step-free to every court. Wheelchair three on three at noon.",
        ),
        (
            DemoTier("Player", 0, 144, "Come as three, one ticket each", 3),
            DemoTier("Spectator", 0, 600, "Sit anywhere"),
        ),
    )
