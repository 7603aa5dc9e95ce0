"""The keys of this installation's doors."""

from tixapp.web.running import settings

from .seals import DoorKeys


def door_keys() -> DoorKeys:
    running = settings()
    return DoorKeys(running.ticket_signing_key, running.ticket_previous_keys)
