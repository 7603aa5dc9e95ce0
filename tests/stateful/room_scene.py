"""The sale behind a room that the state machine plays: who is in it, and how they are asked."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from io import BytesIO

import sqlalchemy as sa

from tests.factories.rooms import claim, hold_through, join, room_of
from tests.stateful.order_of_rooms import Ranking, digest, ranking_as_stored
from tixapp.accounts.models import User
from tixapp.accounts.queries import ShownKey, hashed
from tixapp.core.db import db, transaction
from tixapp.core.errors import TixappError
from tixapp.events.models import Event
from tixapp.events.queries import event_by_id
from tixapp.inventory.errors import SoldOut
from tixapp.inventory.models import Allowance, Hold, HoldStatus
from tixapp.waiting.actions.passes import note_asking
from tixapp.waiting.actions.room import Joined, join_at_once
from tixapp.waiting.errors.room import FewerPromised, GateFull
from tixapp.waiting.keys import room_secrets
from tixapp.waiting.models import Room, RoomPass, RoomStatus
from tixapp.waiting.queries.proof import published_of, ranked
from tixapp.waiting.queries.room import entry_of, event_of_room, live_pass
from tixapp.waiting.queries.stock import counts_for
from tixapp.waiting.rules.transcript import read, written
from tixapp.waiting.rules.verify import Noted, findings

PER_ORDER = 2


class Scene:
    event: Event
    people: list[User]
    now: datetime
    joined: dict[int, Joined]
    ranking: Ranking
    passes: int

    def _check_transcript(self, room: Room) -> None:
        published = published_of(event_of_room(self.event.id), room, room_secrets())
        rows = ranking_as_stored(room)
        assert len(rows) == len(self.joined)
        assert rows[: len(self.ranking)] == self.ranking
        text = "".join(written(published, ranked(room.event_id, room.closed_win), room.joined))
        noted = Noted(commit=bytes.fromhex(room.commitment), root=room.entrants_root)
        found = list(findings(read(BytesIO(text.encode())), noted))
        assert [one.says for one in found if not one.holds] == []
        listed = [line.split()[-1] for line in text.splitlines()[-room.joined :]] if rows else []
        assert listed == [eid.hex() for _win, eid in rows]

    def _claims(self, person: int) -> bool:
        """F3: never in a pause, and only before the cut."""
        user, room, had = self.people[person], room_of(self.event), self._passes()
        is_paused = event_by_id(self.event.public_id).paused_at is not None
        entry = entry_of(self.event.id, user.id)
        may = entry is not None and room.is_below_cut(entry.win, entry.key) and not is_paused
        try:
            claim(self.event, user, now=self.now)
        except GateFull:
            db.session.rollback()
            with transaction():
                note_asking(self.event.id, user.id, now=self.now)
            assert may
            return False
        except TixappError:
            db.session.rollback()
            return False
        counts, _places = counts_for(self.event.id, now=self.now)
        # Who had a pass already has it still, whatever became of the room.
        assert self._passes() == had or (may and counts.active <= room.a_max)
        return True

    def _holds(self, person: int, count: int) -> bool:
        """A1: whom a strict room has let in finds at least one place."""
        user = self.people[person]
        try:
            hold_through(self.event, user, count, now=self.now)
        except (SoldOut, FewerPromised):
            db.session.rollback()
            mine = db.session.get(Allowance, (self.event.id, user.id), populate_existing=True)
            assert count > 1 or (mine is not None and mine.held + mine.sold > 0)
            return False
        except TixappError:
            db.session.rollback()
            return False
        admission = live_pass(self.event.id, user.id)
        assert admission is not None
        assert admission.is_good(now=self.now)
        return True

    def _joins(self, user: User, key: str) -> Joined:
        if key:
            shown = ShownKey(hashed(key), ["write"])
            event_id, secrets = self.event.public_id, room_secrets()
            if done := join_at_once(event_id, shown=shown, secrets=secrets, now=self.now):
                return done[1]
        return join(self.event, user, now=self.now)

    def _is_due(self) -> bool:
        """Even if everyone who was called and never came comes now, and takes a full order."""
        room = room_of(self.event)
        if not room.table_hash or event_by_id(self.event.public_id).paused_at is not None:
            return False
        counts, _places = counts_for(self.event.id, now=self.now)
        coming = room.admitted - room.claimed + counts.gated
        free = counts.free - counts.owed - PER_ORDER * (counts.loose + coming)
        has_room = room.a_max - counts.active - coming >= 1 and free >= PER_ORDER
        db.session.rollback()
        return has_room and room.admitted < room.joined and room.status == RoomStatus.OPEN

    def _nobody_moves(self, deed: Callable[[], object]) -> None:
        """The digest of the whole ranking that there was is the same before and after."""
        before = ranking_as_stored(room_of(self.event))
        db.session.rollback()
        deed()
        after = ranking_as_stored(room_of(self.event))
        db.session.rollback()
        assert digest(after[: len(before)]) == digest(before)

    def _passes(self) -> int:
        return db.session.scalar(sa.select(sa.func.count()).select_from(RoomPass)) or 0

    def _hold_of(self, person: int) -> Hold | None:
        mine = sa.select(Hold).filter_by(user_id=self.people[person].id, status=HoldStatus.ACTIVE)
        found = db.session.scalar(mine.execution_options(populate_existing=True))
        db.session.rollback()
        return found

    def _within(self, deed: Callable[[], object]) -> None:
        def run() -> None:
            with transaction():
                deed()

        self._try(run)

    @staticmethod
    def _try(deed: Callable[[], object]) -> None:
        """Refusals are part of life; anything else is a fault."""
        with suppress(TixappError):
            deed()
        db.session.rollback()
