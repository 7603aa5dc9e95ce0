"""Statements that go past SQLAlchemy say the same as through it, and fail as it does."""

from __future__ import annotations

from typing import cast

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from tests.fixtures.app import DbSession
from tixapp.core.db import db, transaction
from tixapp.core.facts import ReactionStatus, StoredFact, StoredReaction
from tixapp.core.fixed import Fixed

WRITE = Fixed(
    sa.text("INSERT INTO facts (name, payload) VALUES (:name, :payload) RETURNING id").bindparams(
        sa.bindparam("payload", type_=JSONB)
    )
)
COUNT = sa.select(sa.func.count()).select_from(StoredFact)


def test_it_is_part_of_the_transaction_around_it(committed: DbSession) -> None:
    def write_and_fail() -> None:
        with transaction():
            WRITE.run({"name": "Told", "payload": {}})
            assert db.session.scalar(COUNT) == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert db.session.scalar(COUNT) == 0


def test_json_statuses_and_percent_signs_are_written_as_sqlalchemy_writes_them(
    committed: DbSession,
) -> None:
    with transaction():
        row = WRITE.one({"name": "100% told", "payload": {"a": [1, None]}})
        db.session.add(
            StoredReaction(fact_id=row[0], job="j", payload={}, due_at=sa.func.now(), attempts=0)
        )
    due = Fixed(
        sa.select(StoredReaction.status, StoredFact.payload)
        .join(StoredFact, StoredFact.id == StoredReaction.fact_id)
        .where(
            StoredReaction.status == ReactionStatus.DUE,
            StoredFact.name.like("100%"),
            StoredReaction.job == sa.bindparam("job"),
        )
    )
    assert due.all({"job": "j"}) == [("due", {"a": [1, None]})]
    assert due.first({"job": "none"}) is None


def test_a_refused_row_is_refused_in_sqlalchemys_words_without_its_values(
    committed: DbSession,
) -> None:
    reaction = Fixed(
        sa.text(
            "INSERT INTO reactions (fact_id, job, payload, status, attempts, due_at)"
            " VALUES (:fact_id, 'secret', '{}', 'due', 0, now())"
        )
    )
    with pytest.raises(sa.exc.IntegrityError) as told, transaction():
        reaction.run({"fact_id": 12_345})
    assert isinstance(told.value.orig, psycopg.errors.ForeignKeyViolation)
    assert "secret" not in repr(told.value.params)
    assert db.session.scalar(COUNT) == 0  # the session goes on


def test_a_connection_that_was_hung_up_on_is_replaced(committed: DbSession) -> None:
    hung_up: list[int] = []

    def write_after_the_end() -> None:
        with transaction():
            hung_up.append(_pid())
            with db.engine.connect() as other:
                other.execute(
                    sa.text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": hung_up[0]}
                )
            WRITE.run({"name": "Told", "payload": {}})

    with pytest.raises(sa.exc.OperationalError):
        write_after_the_end()
    with transaction():
        assert _pid() != hung_up[0]
        WRITE.run({"name": "Told", "payload": {}})
    assert db.session.scalar(COUNT) == 1


def _pid() -> int:
    driver = cast("psycopg.Connection", db.session.connection().connection.driver_connection)
    return driver.pgconn.backend_pid
