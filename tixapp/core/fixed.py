"""Statements that never change, sent by the driver itself inside the session's transaction.

SQLAlchemy looks a statement up, compiles nothing, and still takes as long around it as PostgreSQL
takes to do it: events, contexts, results. What is asked thousands of times a minute is spelled out
once, here, and its rows come back as they are: tuples, with statuses as text.
"""

from collections.abc import Callable
from enum import Enum
from functools import cached_property
from typing import Any, cast

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from .db import db

Row = tuple[Any, ...]
_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]


class Fixed:
    """`Fixed(sa.select(…))`, made once. Its parameters are given by name, all of them."""

    def __init__(self, statement: sa.ClauseElement) -> None:
        self._statement = statement

    def all(self, values: dict[str, Any]) -> list[Row]:
        return self._run(values).fetchall()

    def one(self, values: dict[str, Any]) -> Row:
        row = self.first(values)
        assert row is not None  # noqa: S101 - for statements that always give one
        return row

    def first(self, values: dict[str, Any]) -> Row | None:
        return self._run(values).fetchone()

    def run(self, values: dict[str, Any]) -> int:
        """How many rows it wrote."""
        return self._run(values).rowcount

    def _run(self, values: dict[str, Any]) -> psycopg.Cursor[Row]:
        text, brought, spelled = self._spelled
        given = brought | values
        for name, spell in spelled.items():
            given[name] = spell(given[name])
        return _sent(text, given)

    @cached_property
    def _spelled(self) -> tuple[str, dict[str, Any], dict[str, Callable[[Any], Any]]]:
        """In psycopg's words; the values it brings along; how some of them are written there."""
        compiled = self._statement.compile(dialect=_DIALECT)
        spelled = {
            name: spell
            for bind, name in cast("Any", compiled).bind_names.items()
            if bind.required
            and (spell := bind.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)) is not None
        }
        brought = {
            name: one.value if isinstance(one, Enum) else one
            for name, one in compiled.params.items()
            if one is not None
        }
        return str(compiled), brought, spelled


def _sent(text: str, values: dict[str, Any]) -> psycopg.Cursor[Row]:
    connection = db.session.connection()
    driver = cast("psycopg.Connection[Row]", connection.connection.driver_connection)
    try:
        return driver.execute(text, values)
    except psycopg.Error as fault:
        if driver.closed:
            connection.invalidate()
            db.engine.dispose()  # the others that were waiting were hung up on with it
        # As SQLAlchemy says it: one table of errors for both ways. Values stay out of the logs.
        raise sa.exc.DBAPIError.instance(
            None, None, fault, psycopg.Error, hide_parameters=True, dialect=_DIALECT
        ) from fault
