"""A statement that is a transaction by itself.

`transaction()` sends BEGIN, what is done inside, and COMMIT: at least three round trips, through a
session. What fits into one statement needs none of that: PostgreSQL begins and commits it, whole or
not at all. For the few calls of which there are thousands a minute; see decision 0015.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import psycopg
import sqlalchemy as sa

from .db import TransactionOpen, db

Values = dict[str, Any]
Row = tuple[Any, ...] | None


def alone(statement: str, values: Values) -> Row:
    """The row of a statement in psycopg's spelling, `%(name)s`. None without a row.

    None also where a constraint refused it: then it changed nothing.
    """
    return _sent(lambda connection: _ask(connection, statement, values))


def alone_in_order(statements: str, values: Values) -> Row:
    """Several statements, parted by semicolons, in one round trip and one transaction; the row of
    the last. Each sees what others have committed before it began: so the first may wait for a lock
    and the next reads what was written under it, which one statement would not."""
    return _sent(lambda connection: _ask(psycopg.ClientCursor(connection), statements, values))


def _sent(ask: Callable[[psycopg.Connection[Any]], Row]) -> Row:
    if db.session.registry.has() and db.session.info.get("inside"):
        raise TransactionOpen("a statement alone does not see what this transaction has done")
    try:
        with _own_connection() as connection:
            return ask(connection)
    except psycopg.IntegrityError:
        return None
    except psycopg.OperationalError as fault:
        # As SQLAlchemy says it: one table of errors for both ways. Values stay out of the logs.
        raise sa.exc.OperationalError(None, None, fault) from fault


def _ask(
    asker: psycopg.Connection[Any] | psycopg.Cursor[Any], statement: str, values: Values
) -> Row:
    answer = asker.execute(statement, values)
    while answer.nextset():
        pass
    return cast("Row", answer.fetchone())


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
