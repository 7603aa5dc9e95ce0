"""The secrets of this installation's waiting rooms."""

from tixapp.waiting.codes.room import RoomSecrets
from tixapp.web.running import settings


def room_secrets() -> RoomSecrets:
    return RoomSecrets(settings().secret_key)
