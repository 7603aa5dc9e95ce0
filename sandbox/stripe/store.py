"""Everything the sandbox knows, in one SQLite file: Stripe's objects as JSON, and a few tables
beside.

One connection behind one lock: requests run one after the other, each in one transaction, so that
an effect, its events and its idempotency record are written together or not at all. What a killed
process had committed is there when the next one starts.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]
SCHEMA = Path(__file__).with_name("schema.sql")
VERSION = 2  # counts up whenever schema.sql changes


class OldState(Exception):
    """The state file was written by another version of the sandbox."""


@dataclass
class Doc:
    """An object as Stripe shows it (`body`), with what the sandbox alone remembers (`hidden`)."""

    account: str
    body: Json
    hidden: Json = field(default_factory=dict)
    seq: int = 0

    @property
    def id(self) -> str:
        return str(self.body["id"])

    @property
    def kind(self) -> str:
        return str(self.body["object"])


class Store:
    def __init__(self, path: str) -> None:
        self._lock = threading.RLock()
        self._settings: Json = {}
        self._after_commit: list[Callable[[], None]] = []
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._make_tables()
        self._load_settings()

    def _make_tables(self) -> None:
        """Raises OldState for a file of another version of the sandbox."""
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        (tables,) = self._db.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        if tables and version != VERSION:
            raise OldState
        self._db.executescript(SCHEMA.read_text())
        self._db.execute(f"PRAGMA user_version = {VERSION}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Does not nest. Callbacks of `after_commit` run once it is written, outside the lock."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                self._after_commit.clear()
                self._load_settings()
                raise
            self._db.execute("COMMIT")
            callbacks, self._after_commit = self._after_commit, []
        for callback in dict.fromkeys(callbacks):
            callback()

    def after_commit(self, callback: Callable[[], None]) -> None:
        self._after_commit.append(callback)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    # rows of the tables beside the objects

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[Any] = ()) -> Any:
        with self._lock:
            return self._db.execute(sql, values).fetchone()

    def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Executes a change and answers how many rows it touched."""
        with self._lock:
            return self._db.execute(sql, values).rowcount

    # settings

    def _load_settings(self) -> None:
        self._settings = {k: json.loads(v) for k, v in self._db.execute("SELECT * FROM settings")}

    def setting(self, name: str, default: Any = None) -> Any:
        return self._settings.get(name, default)

    def set_setting(self, name: str, value: Any) -> None:
        self._settings[name] = value
        self.run("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, json.dumps(value)))

    # objects

    def insert(self, doc: Doc) -> Doc:
        with self._lock:
            cursor = self._db.execute(
                "INSERT INTO objects (id, kind, account, created, tag, body, hidden)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    doc.id,
                    doc.kind,
                    doc.account,
                    doc.body.get("created", 0),
                    doc.body["type"] if doc.kind == "event" else None,
                    json.dumps(doc.body),
                    json.dumps(doc.hidden),
                ),
            )
            doc.seq = int(cursor.lastrowid or 0)
        return doc

    def save(self, doc: Doc) -> None:
        self.run(
            "UPDATE objects SET body = ?, hidden = ? WHERE seq = ?",
            (json.dumps(doc.body), json.dumps(doc.hidden), doc.seq),
        )

    def delete(self, doc: Doc) -> None:
        self.run("DELETE FROM objects WHERE seq = ?", (doc.seq,))

    def find(
        self, object_id: str, *, kind: str | None = None, account: str | None = None
    ) -> Doc | None:
        where, values = ["id = ?"], [object_id]
        if kind is not None:
            where, values = [*where, "kind = ?"], [*values, kind]
        if account is not None:
            where, values = [*where, "account = ?"], [*values, account]
        found = self.select(" AND ".join(where), values, limit=1)
        return found[0] if found else None

    def select(
        self, where: str, values: Sequence[Any], *, order: str = "seq DESC", limit: int = -1
    ) -> list[Doc]:
        """`where` and `order` are the caller's own words, never a request's."""
        sql = (
            f"SELECT account, body, hidden, seq FROM objects WHERE {where} ORDER BY {order} LIMIT ?"  # noqa: S608
        )
        return [
            Doc(account, json.loads(body), json.loads(hidden), seq)
            for account, body, hidden, seq in self.rows(sql, (*values, limit))
        ]

    def wipe(self) -> None:
        """Forgets everything, inside a transaction."""
        for table in ("objects", "idempotency", "deliveries", "due", "balances", "settings"):
            self.run(f"DELETE FROM {table}")  # noqa: S608
        self._settings = {}
