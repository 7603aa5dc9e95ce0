"""A statement that is a transaction by itself.

`transaction()` sends BEGIN, what is done inside, and COMMIT: at least three round trips, through a
session. What fits into one statement needs none of that: PostgreSQL begins and commits it, whole or
not at all. For the few calls of which there are thousands a minute; see decision 0015.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import psycopg
import sqlalchemy as sa

from .db import TransactionOpen, db

Values = dict[str, Any]


def alone(statement: str, values: Values) -> tuple[Any, ...] | None:
    """The row of a statement in psycopg's spelling, `%(name)s`. None without a row.

    None also where a constraint refused it: then it changed nothing.
    """
    if db.session.registry.has() and db.session.info.get("inside"):
        raise TransactionOpen("a statement alone does not see what this transaction has done")
    try:
        with _own_connection() as connection:
            return _ask(connection, statement, values)
    except psycopg.IntegrityError:
        return None
    except psycopg.OperationalError as fault:
        # As SQLAlchemy says it: one table of errors for both ways. Values stay out of the logs.
        raise sa.exc.OperationalError(None, None, fault) from fault


def _ask(
    connection: psycopg.Connection[Any], statement: str, values: Values
) -> tuple[Any, ...] | None:
    return cast("tuple[Any, ...] | None", connection.execute(statement, values).fetchone())


@contextmanager
def _own_connection() -> Iterator[psycopg.Connection[Any]]:
    """One of the pool's, apart from the session's."""
    lent = db.engine.raw_connection()
    connection = cast("psycopg.Connection[Any]", lent.driver_connection)
    try:
        connection.autocommit = True
        yield connection
        connection.autocommit = False
    except BaseException:
        if connection.closed:
            lent.invalidate()
            db.engine.dispose()  # the others that were waiting were hung up on with it
        else:
            connection.autocommit = False
        raise
    finally:
        lent.close()
