"""The database hangs up in the middle of something."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from tixapp.core.alone import alone
from tixapp.core.db import TransactionOpen, db, transaction

HANG_UP = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND datname = current_database()"""


def test_an_answer_stands_when_the_database_hangs_up_after_it(app: Flask) -> None:
    with app.app_context():
        backend = db.session.scalar(sa.text("SELECT pg_backend_pid()"))
        with db.engine.connect() as another:
            another.execute(sa.text("SELECT pg_terminate_backend(:it)"), {"it": backend})
    with app.app_context():
        assert db.session.scalar(sa.text("SELECT 1")) == 1


def test_a_statement_alone_says_that_the_database_is_away_once_and_then_finds_it_again(
    app: Flask,
) -> None:
    with app.app_context():
        with db.engine.connect(), db.engine.connect():  # two that wait in the pool from now on
            pass
        assert alone("SELECT 1", {}) == (1,)
        outside = sa.create_engine(db.engine.url, poolclass=sa.NullPool)
        with outside.connect() as another:
            another.execute(sa.text(HANG_UP))
        with pytest.raises(sa.exc.OperationalError):
            alone("SELECT 1", {})
        assert [alone("SELECT 1", {}) for _ in range(3)] == [(1,)] * 3
        assert db.session.scalar(sa.text("SELECT 1")) == 1


def test_what_a_constraint_refuses_leaves_no_trace_and_a_clean_connection(app: Flask) -> None:
    refused = "INSERT INTO stocks (tier_id, capacity, held, sold) VALUES (%(id)s, 1, 0, 0)"
    with app.app_context():
        assert alone(refused, {"id": 0}) is None
        assert alone("SELECT count(*) FROM stocks", {}) == (0,)
        with transaction(), pytest.raises(TransactionOpen):
            alone("SELECT 1", {})
