"""Connections that keep their prepared statements when a transaction is rolled back.

psycopg forgets them all then and tells the server to (`DEALLOCATE ALL`), because a table made in
that transaction may be gone. A rollback is how each look at the database ends here, so nothing was
ever prepared: every statement was parsed and planned anew. No transaction of ours makes a table,
and PostgreSQL itself keeps what is prepared over a rollback, and plans it again where a migration
has changed a table.
"""

from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.pq import ExecStatus, TransactionStatus

# Of a connection: more than come often. The oldest is dropped for a new one.
MOST_PREPARED = 250
OPEN = frozenset({TransactionStatus.INTRANS, TransactionStatus.INERROR})


class Lasting(psycopg.Connection[Any]):
    """A psycopg connection whose rollback ends the transaction and nothing else."""

    def rollback(self) -> None:
        with self.lock:
            if self.pgconn.transaction_status in OPEN:
                ended = self.pgconn.exec_(b"ROLLBACK")
                if ended.status == ExecStatus.COMMAND_OK:
                    return
        super().rollback()  # says what is wrong with the connection


def keep_prepared(engine: sa.Engine) -> None:
    """The engine's connections are of that kind from now on."""

    @sa.event.listens_for(engine, "do_connect")
    def connect(
        _dialect: Any, _record: Any, words: list[Any], options: dict[str, Any]
    ) -> psycopg.Connection[Any]:
        connection = Lasting.connect(*words, **options)
        connection.prepared_max = MOST_PREPARED
        return connection
