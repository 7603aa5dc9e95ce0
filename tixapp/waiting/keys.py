"""The secrets of this installation's waiting rooms."""

from tixapp.waiting.codes.room import RoomSecrets, SealBroken
from tixapp.waiting.queries.proof import sealed_rooms
from tixapp.web.running import settings


def room_secrets() -> RoomSecrets:
    return RoomSecrets(settings().secret_key, settings().secret_previous_keys)


def rooms_that_stay_shut() -> list[str]:
    """Events whose room was announced under a key that is not known any more: no draw, no proof."""
    secrets, found = room_secrets(), []
    for event_id, sealed in sealed_rooms():
        try:
            secrets.open_master(sealed, event_id)
        except SealBroken:
            found.append(event_id)
    return found
