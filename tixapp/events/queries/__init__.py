"""Which events there are, and what is known of one."""

from .listing import (
    PAGE,
    Facets,
    Filters,
    coming,
    coming_slugs,
    counts_without_each,
    facets,
    named,
    soonest_of_each,
)
from .pictures import picture_to_show, pictures_since, uncleared_pictures
from .single import (
    event_by_id,
    event_by_row,
    event_by_slug,
    event_for_holding,
    events_over,
    is_slug_taken,
    locked_event,
    published_event,
    published_event_by_id,
    tier_by_id,
    venue_like,
)

__all__ = [
    "PAGE",
    "Facets",
    "Filters",
    "coming",
    "coming_slugs",
    "counts_without_each",
    "event_by_id",
    "event_by_row",
    "event_by_slug",
    "event_for_holding",
    "events_over",
    "facets",
    "is_slug_taken",
    "locked_event",
    "named",
    "picture_to_show",
    "pictures_since",
    "published_event",
    "published_event_by_id",
    "soonest_of_each",
    "tier_by_id",
    "uncleared_pictures",
    "venue_like",
]
