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

__all__ = [
    "ANY_TIER",
    "LIVE",
    "Because",
    "EntryStatus",
    "WaitingCount",
    "WaitingEntry",
    "WaitingList",
]
