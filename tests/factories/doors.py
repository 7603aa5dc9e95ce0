"""Gates, and phones that stand at them: what a phone writes down by itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from tests.factories import saved
from tests.fixtures.browser import Browser
from tests.fixtures.settings import make_settings
from tests.fixtures.time import NOON
from tixapp.accounts.models import User
from tixapp.core.db import db, transaction
from tixapp.door.actions.devices import add_device
from tixapp.door.actions.log import Sending, take_lines
from tixapp.door.models import Device, Gate
from tixapp.door.seals import DoorKeys, line_mac
from tixapp.events.models import Event, Tier


def make_keys(*previous: bytes) -> DoorKeys:
    """As the app of the tests has them."""
    settings = make_settings(database_url="postgresql://nowhere", redis_url="memory://")
    return DoorKeys(settings.ticket_signing_key, previous)


def make_gate(event: Event, name: str = "North", number: int = 1, *tiers: Tier) -> Gate:
    """For these tiers; without any, for all."""
    tier_ids = [tier.id for tier in tiers] or None
    return saved(Gate(event_id=event.id, number=number, name=name, tier_ids=tier_ids))


@dataclass
class Phone:
    """A device as the test holds it in its hand. `ahead`: how wrong its clock is."""

    device: Device
    token: str
    ahead: timedelta = timedelta(0)
    knows_offset: bool = True
    number: int = 0
    lines: list[str] = field(default_factory=list)

    def signs_in(self, browser: Browser) -> None:
        browser.set_cookie("tixapp_door", self.token, path="/scan")

    def note(
        self,
        ticket: str,
        at: datetime,
        *,
        kind: str = "IN",
        result: str = "ADMITTED",
        undoes: str = "",
        scan_id: str | None = None,
    ) -> str:
        """Writes a line as the phone would, and gives it back."""
        self.number += 1
        offset = round(-self.ahead.total_seconds() * 1000) if self.knows_offset else ""
        text = "/".join(
            str(part)
            for part in (
                1,
                self.device.handle,
                self.number,
                scan_id or uuid4().hex.upper(),
                self.shows(at),
                offset,
                kind,
                result,
                ticket,
                self.gate_number,
                "CL",
                undoes,
            )
        )
        line = f"{text}/{line_mac(make_keys().log_key(self.device.public_id), text)}"
        self.lines.append(line)
        return line

    def shows(self, at: datetime) -> int:
        """What its clock says at a moment, in milliseconds."""
        return int((at + self.ahead).timestamp() * 1000)

    @property
    def gate_number(self) -> int:
        gate = db.session.get(Gate, self.device.gate_id) if self.device.gate_id else None
        return gate.number if gate else 0


def make_phone(
    event: Event, gate: Gate | None, by: User, name: str = "Phone", *, at: datetime = NOON
) -> Phone:
    device, token = add_device(event.id, gate.id if gate else None, name, by=by.id, now=at)
    return Phone(saved(device), token)


def send(event: Event, phone: Phone | None, *lines: object, at: datetime) -> list[list[str]]:
    """What each line is answered. `phone` None: a member brings them."""
    sent_ms = phone.shows(at) if phone else int(at.timestamp() * 1000)
    with transaction():
        sending = Sending(list(lines), phone.device if phone else None, sent_ms, at)
        answers = [taken.answer() for taken in take_lines(event, sending, make_keys())]
    db.session.expire_all()
    return answers


def scan_id_of(line: str) -> str:
    return line.split("/")[3]
