"""Making check-ins and conflicts say what stands of all that was done with a ticket."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

import sqlalchemy as sa

from tixapp.core.db import db
from tixapp.door.models import Conflict, ConflictKind, Device
from tixapp.door.rules.standing import Deed, Outcome, played
from tixapp.events.models import Event
from tixapp.tickets.models import CheckIn, Scan, Ticket

DEEDS = ("admitted", "left", "undone")


class Case:
    """All that is known of one ticket: what was done, what stands, what does not fit."""

    def __init__(self, ticket: Ticket) -> None:
        self.ticket = ticket
        self.scans: dict[int, Scan] = {}
        self.after_end: set[int] = set()
        self.check_ins: list[CheckIn] = []
        self.conflicts: dict[int, Conflict] = {}

    def deeds(self) -> list[Deed]:
        done = [_deed(scan) for row, scan in self.scans.items() if row not in self.after_end]
        bare = [one for one in self.check_ins if one.scan_row is None and one.undone_at is None]
        return done + [Deed(-one.id, "in", one.at) for one in bare]


def settle(tickets: Sequence[Ticket], event: Event, *, now: datetime) -> None:
    """The tickets are locked. Five statements, however many tickets; then what changed."""
    if not tickets:
        return
    cases = _cases(tickets)
    outcomes = {ticket_id: played(case.deeds(), event.entry) for ticket_id, case in cases.items()}
    for ticket_id, case in cases.items():
        if case.ticket.is_standing:
            _close(case, outcomes[ticket_id], now)
    db.session.flush()  # places in the index are given up before others take them
    for ticket_id, case in cases.items():
        if case.ticket.is_standing and case.ticket.frozen_at is None:
            _open(case, outcomes[ticket_id])
            _tell(
                case,
                {
                    row: (ConflictKind.TWICE, against)
                    for row, against in outcomes[ticket_id].conflicts.items()
                },
                now,
            )
        else:
            _tell(case, _void(case, outcomes[ticket_id]), now)
    db.session.flush()


def _cases(tickets: Sequence[Ticket]) -> dict[int, Case]:
    cases = {ticket.id: Case(ticket) for ticket in tickets}
    scans = db.session.execute(
        sa.select(Scan, Device.ended_at)
        .join(Device, Device.id == Scan.device_id, isouter=True)
        .where(Scan.ticket_id.in_(cases), Scan.result.in_(DEEDS))
        .execution_options(populate_existing=True)
    )
    for scan, ended_at in scans:
        case = cases[cast("int", scan.ticket_id)]
        case.scans[scan.id] = scan
        if ended_at is not None and scan.scanned_at > ended_at:
            case.after_end.add(scan.id)
    check_ins = sa.select(CheckIn).where(CheckIn.ticket_id.in_(cases)).order_by(CheckIn.id)
    for check_in in db.session.scalars(check_ins.execution_options(populate_existing=True)):
        cases[check_in.ticket_id].check_ins.append(check_in)
    conflicts = sa.select(Conflict).where(Conflict.ticket_id.in_(cases))
    for conflict in db.session.scalars(conflicts.execution_options(populate_existing=True)):
        cases[cast("int", conflict.ticket_id)].conflicts[conflict.scan_row] = conflict
    return cases


def _deed(scan: Scan) -> Deed:
    return Deed(
        row=scan.id,
        kind=scan.kind,
        at=scan.scanned_at,
        is_doubtful=scan.is_doubtful,
        device=scan.device_id,
        scan_id=scan.scan_id or "",
        undoes=scan.undoes or "",
        is_undone=scan.undone_at is not None,
    )


def _close(case: Case, outcome: Outcome, now: datetime) -> None:
    """What does not stand any more, and who has left."""
    stays = {stay.row: stay for stay in outcome.stays}
    for check_in in case.check_ins:
        stay = stays.get(_row_of(check_in))
        if stay is None:
            check_in.undone_at = check_in.undone_at or now
        elif stay.left_at is not None:
            check_in.left_at = stay.left_at


def _open(case: Case, outcome: Outcome) -> None:
    known = {_row_of(check_in): check_in for check_in in case.check_ins}
    for stay in outcome.stays:
        check_in = known.get(stay.row) or _add(case, stay.row)
        check_in.undone_at = check_in.undone_by = None
        check_in.left_at = stay.left_at
    case.ticket.stand(len(outcome.stays), inside=outcome.is_inside)


def _add(case: Case, row: int) -> CheckIn:
    scan = case.scans[row]
    check_in = CheckIn(
        ticket_id=case.ticket.id,
        event_id=case.ticket.event_id,
        scan_row=row,
        gate=scan.gate,
        gate_number=scan.gate_number,
        by_user_id=scan.by_user_id,
        device_id=scan.device_id,
        at=scan.scanned_at,
    )
    db.session.add(check_in)
    return check_in


def _void(case: Case, outcome: Outcome) -> dict[int, tuple[ConflictKind, int | None]]:
    """The ticket no longer admits: whoever came in without a check-in should not have."""
    kind = ConflictKind.CANCELLED if case.ticket.is_standing else ConflictKind(case.ticket.status)
    came_in = {check_in.scan_row for check_in in case.check_ins}
    return {
        row: (kind, None)
        for row, scan in case.scans.items()
        if scan.result == "admitted" and row not in outcome.undone and row not in came_in
    }


def _tell(case: Case, found: dict[int, tuple[ConflictKind, int | None]], now: datetime) -> None:
    """Conflicts appear once each; one that a later line explains is gone."""
    for row in case.after_end:
        if case.scans[row].result == "admitted":
            found[row] = (ConflictKind.ENDED_DEVICE, None)
    for row, (kind, against) in found.items():
        conflict = case.conflicts.get(row)
        if conflict is None:
            conflict = Conflict(event_id=case.ticket.event_id, scan_row=row, found_at=now)
            conflict.ticket_id = case.ticket.id
            db.session.add(conflict)
        conflict.kind, conflict.gone_at = kind, None
        conflict.against = against if against is not None and against > 0 else None
    for row, conflict in case.conflicts.items():
        if row not in found:
            conflict.gone_at = conflict.gone_at or now


def _row_of(check_in: CheckIn) -> int:
    return check_in.scan_row if check_in.scan_row is not None else -check_in.id
