"""What a connection knows by heart outlives the transactions that are rolled back."""

from __future__ import annotations

from typing import cast

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from tests.fixtures.app import DbSession
from tixapp.core.db import db, end_reading
from tixapp.core.lasting import MOST_PREPARED, Lasting

ASKED = sa.text("SELECT name FROM users WHERE id = :id")


def test_a_look_at_the_database_leaves_its_statement_prepared(committed: DbSession) -> None:
    backend = [_look(), _look(), _look()]
    assert len(set(backend)) == 1  # the pool lends the one that came back last
    with db.engine.connect() as connection:
        driver = _driver(connection)
        assert driver.pgconn.backend_pid == backend[0]
        assert "SELECT name FROM users WHERE id = $1" in _prepared(driver)


def test_a_statement_that_failed_ends_with_its_transaction(committed: DbSession) -> None:
    with db.engine.connect() as connection:
        driver = _driver(connection)
        with pytest.raises(sa.exc.DataError):
            connection.execute(sa.text("SELECT 1 / 0"))
        connection.rollback()
        assert driver.pgconn.transaction_status == psycopg.pq.TransactionStatus.IDLE
        assert connection.execute(sa.text("SELECT 1")).scalar_one() == 1


def test_what_was_written_is_gone_after_a_rollback(committed: DbSession) -> None:
    with db.engine.connect() as connection:
        connection.execute(sa.text("INSERT INTO facts (name, payload) VALUES ('Told', '{}')"))
        connection.rollback()
        assert connection.execute(sa.text("SELECT count(*) FROM facts")).scalar_one() == 0


def test_a_statement_known_by_heart_sees_a_column_that_a_migration_adds(
    committed: DbSession,
) -> None:
    with db.engine.connect() as connection:
        connection.execute(sa.text("CREATE TABLE grown (a int)"))
        connection.commit()
        try:
            for _ in range(7):  # more often than PostgreSQL plans it anew
                connection.execute(sa.text("INSERT INTO grown (a) VALUES (:a)"), {"a": 1})
                connection.commit()
            with db.engine.begin() as elsewhere:
                elsewhere.execute(sa.text("ALTER TABLE grown ADD COLUMN b int DEFAULT 2"))
            connection.execute(sa.text("INSERT INTO grown (a) VALUES (:a)"), {"a": 3})
            last = connection.execute(sa.text("SELECT a, b FROM grown WHERE a = 3")).one()
            assert tuple(last) == (3, 2)
        finally:
            connection.rollback()
            connection.execute(sa.text("DROP TABLE grown"))
            connection.commit()


def test_a_connection_that_was_hung_up_on_says_so(app: Flask, committed: DbSession) -> None:
    with db.engine.connect() as connection:
        driver = _driver(connection)
        connection.execute(sa.text("SELECT 1"))
        with db.engine.connect() as other:
            other.execute(
                sa.text("SELECT pg_terminate_backend(:pid, 10000)"),
                {"pid": driver.pgconn.backend_pid},
            )
        with pytest.raises(psycopg.OperationalError):
            driver.rollback()
        assert driver.closed
        connection.invalidate()


def _look() -> int:
    connection = db.session.connection()
    connection.execute(ASKED, {"id": 1})
    pid = _driver(connection).pgconn.backend_pid
    end_reading()
    return pid


def _driver(connection: sa.Connection) -> Lasting:
    driver = cast("Lasting", connection.connection.driver_connection)
    assert isinstance(driver, Lasting)
    assert driver.prepared_max == MOST_PREPARED
    return driver


def _prepared(driver: Lasting) -> set[str]:
    return {str(row[0]) for row in driver.execute("SELECT statement FROM pg_prepared_statements")}
