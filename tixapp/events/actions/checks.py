"""What every change of an event or a tier is checked for."""

from tixapp.events.errors import AlreadyOver, StaleVersion
from tixapp.events.models import Event, EventStatus, Tier


def check_version(row: Event | Tier, version: int) -> None:
    if row.version != version:
        raise StaleVersion(row.version)


def check_alive(event: Event) -> None:
    if event.status in {EventStatus.ENDED, EventStatus.CANCELLED}:
        raise AlreadyOver("This event is over or was cancelled: it stays as it is.")
