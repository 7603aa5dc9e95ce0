"""The terms of the list, from the settings."""

from tixapp.web.running import settings

from .actions.join import Terms


def terms() -> Terms:
    running = settings()
    return Terms(
        offer=running.offer_length,
        most_joins=running.queue_join_limit,
        per=running.queue_join_window,
    )
