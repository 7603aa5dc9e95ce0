"""What a phone sends about one code."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from tixapp.core.errors import Invalid
from tixapp.tickets.rules import Direction

from .gates import clean_gate

SCAN_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True, slots=True)
class ScanForm:
    """`typed`: by a person. Only then may the ticket's number stand for its signed code."""

    code: str
    scan_id: str | None
    gate: str
    typed: bool
    direction: Direction = Direction.IN
    all_of_order: bool = False

    @classmethod
    def read(cls, sent: Mapping[str, object], *, typed: bool) -> "ScanForm":
        """Raises Invalid. A code may be any text at all: what it is worth is the verdict."""
        code, scan_id = sent.get("code"), sent.get("scan_id")
        if not isinstance(code, str):
            raise Invalid(_("Send the code as text."), {"code": "must be text"})
        if scan_id is not None and not _is_scan_id(scan_id):
            raise Invalid(
                _("Send a scan id of 8 to 64 letters, digits, - or _."),
                {"scan_id": "must be 8 to 64 of A-Z a-z 0-9 - _"},
            )
        return cls(
            code,
            str(scan_id) if scan_id else None,
            clean_gate(sent.get("gate")),
            typed,
            Direction.OUT if sent.get("direction") == "out" else Direction.IN,
            sent.get("all") is True,
        )


def _is_scan_id(value: object) -> bool:
    return isinstance(value, str) and SCAN_ID.fullmatch(value) is not None
