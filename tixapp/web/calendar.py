"""A calendar file (RFC 5545) with one event."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Response

USUAL_LENGTH = timedelta(hours=3)
OCTETS = 73


@dataclass(frozen=True)
class Occasion:
    """`ends_at` None: three hours, which is what most evenings are."""

    uid: str
    title: str
    starts_at: datetime
    ends_at: datetime | None
    place: str
    url: str
    is_cancelled: bool = False


def calendar_text(occasion: Occasion, *, now: datetime) -> str:
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//tixapp//tickets//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{_text(occasion.uid)}",
        f"DTSTAMP:{_moment(now)}",
        f"DTSTART:{_moment(occasion.starts_at)}",
        f"DTEND:{_moment(occasion.ends_at or occasion.starts_at + USUAL_LENGTH)}",
        f"SUMMARY:{_text(occasion.title)}",
        f"LOCATION:{_text(occasion.place)}",
        f"URL:{occasion.url}",
        f"STATUS:{'CANCELLED' if occasion.is_cancelled else 'CONFIRMED'}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(_folded(line) + "\r\n" for line in lines)


def calendar_file(occasion: Occasion, *, now: datetime) -> Response:
    response = Response(calendar_text(occasion, now=now), mimetype="text/calendar")
    response.headers["Content-Disposition"] = 'attachment; filename="event.ics"'
    return response


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    """Commas, semicolons and line breaks have a meaning of their own in these files."""
    plain = " ".join(value.split())
    return plain.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")


def _folded(line: str) -> str:
    """No line is longer than 75 octets; a fold may not cut a character."""
    parts, current, width = [], "", 0
    for character in line:
        size = len(character.encode())
        if width + size > OCTETS:
            parts.append(current)
            current, width = " ", 1
        current, width = current + character, width + size
    return "\r\n".join([*parts, current])
