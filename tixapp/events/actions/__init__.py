"""Making events and tiers, changing them, and an event's way from draft to cancelled."""

from .pictures import begin_picture, note_cleared, remove_picture, show_picture
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
    "begin_picture",
    "cancel",
    "close_tier",
    "create_event",
    "details_of",
    "edit_event",
    "edit_tier",
    "end",
    "move_tier",
    "note_cleared",
    "pause",
    "publish",
    "remove_picture",
    "remove_tier",
    "resume",
    "show_picture",
    "tier_details_of",
]
