"""The tables of waiting: what each part of it keeps."""

from .list import (
    ANY_TIER,
    LIVE,
    Because,
    EntryStatus,
    WaitingCount,
    WaitingEntry,
    WaitingList,
)
from .room import PassEnd, Room, RoomEntry, RoomPass, RoomStatus

__all__ = [
    "ANY_TIER",
    "LIVE",
    "Because",
    "EntryStatus",
    "PassEnd",
    "Room",
    "RoomEntry",
    "RoomPass",
    "RoomStatus",
    "WaitingCount",
    "WaitingEntry",
    "WaitingList",
]
