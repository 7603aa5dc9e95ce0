"""Making events and tiers, changing them, and an event's way from draft to cancelled."""

from .tiers import add_tier, close_tier, edit_tier, move_tier, remove_tier, tier_details_of
from .whole import (
    cancel,
    create_event,
    details_of,
    edit_event,
    end,
    pause,
    publish,
    resume,
)

__all__ = [
    "add_tier",
    "cancel",
    "close_tier",
    "create_event",
    "details_of",
    "edit_event",
    "edit_tier",
    "end",
    "move_tier",
    "pause",
    "publish",
    "remove_tier",
    "resume",
    "tier_details_of",
]
