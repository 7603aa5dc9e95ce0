"""What a code is worth before anybody looks the ticket up."""

from dataclasses import dataclass
from datetime import datetime

from tixapp.tickets.codes import TICKET_ID, UnknownCode
from tixapp.tickets.keys import rotating_codes, ticket_codes
from tixapp.tickets.rotating import NotRotating, StaleCode

LENGTH_OF_A_TICKET_NUMBER = 13
OURS = ("T", "R")


@dataclass(frozen=True, slots=True)
class Code:
    """`ticket_id` None: it admits nobody, and `why` says more where there is more to say."""

    ticket_id: str | None
    why: str | None = None
    is_static: bool = False


def read_code(text: str, *, typed: bool, now: datetime) -> Code:
    code = text.strip()
    number = "".join(code.split()).replace("-", "").upper()
    if typed and len(number) <= LENGTH_OF_A_TICKET_NUMBER:
        return Code(number if TICKET_ID.fullmatch(number) else None, is_static=True)
    try:
        if code.startswith("R"):
            return Code(rotating_codes().read(code, now=now))
        return Code(ticket_codes().read(code), is_static=True)
    except StaleCode:
        return Code(None, "stale")
    except (UnknownCode, NotRotating):
        return Code(None, "forged" if _looks_like_ours(code) else None)


def _looks_like_ours(code: str) -> bool:
    """A ticket's number, a dot and more: somebody made this to look like a ticket."""
    head, dot, _rest = code.partition(".")
    return bool(dot) and head[:1] in OURS and TICKET_ID.fullmatch(head[1:]) is not None
