"""The keys of this installation."""

from tixapp.web.running import settings

from .codes import TicketCodes


def ticket_codes() -> TicketCodes:
    running = settings()
    return TicketCodes(running.ticket_signing_key, running.ticket_previous_keys)
