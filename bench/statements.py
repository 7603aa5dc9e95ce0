"""How many statements a request sends: counted in this process, against the same database."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable
from typing import Any, cast

import psycopg
import sqlalchemy as sa

from tests.journeys.running import Running
from tixapp.app import create_app
from tixapp.config import Settings
from tixapp.core import alone, fixed
from tixapp.core.db import db

from .client import Line, Request
from .load import Act


class Counter:
    """The app, called directly, under the name of a line."""

    def __init__(self, running: Running) -> None:
        self.app = create_app(Settings.from_env({**os.environ, **running.settings()}))
        self.count = 0
        sa.event.listen(sa.Engine, "before_cursor_execute", self._note)
        self._really_ask = alone._ask
        alone._ask = self._note_and_ask
        self._really_send = fixed._sent
        fixed._sent = self._note_and_send

    def of(self, act: Act) -> int:
        """Of one request, after a first one that fills what is kept in memory."""
        asyncio.run(_done(act(cast("Line", self))))
        before = self.count
        asyncio.run(_done(act(cast("Line", self))))
        return self.count - before

    def close(self) -> None:
        sa.event.remove(sa.Engine, "before_cursor_execute", self._note)
        alone._ask = self._really_ask
        fixed._sent = self._really_send
        with self.app.app_context():
            db.engine.dispose()

    async def ask(self, request: Request) -> tuple[int, bytes]:
        first, *rest = request.head.decode().split("\r\n")
        method, path, _ = first.split(" ")
        headers = dict(line.split(": ", 1) for line in rest)
        answer = self.app.test_client().open(
            path, method=method, headers=headers, data=request.body
        )
        if answer.status_code >= 300:
            raise RuntimeError(json.dumps(answer.get_json(silent=True)))
        return answer.status_code, answer.data

    def _note(self, *_: Any) -> None:
        self.count += 1

    def _note_and_ask(
        self,
        asker: psycopg.Connection[Any] | psycopg.Cursor[Any],
        statement: str,
        values: dict[str, Any],
    ) -> tuple[Any, ...] | None:
        self.count += 1
        return self._really_ask(asker, statement, values)

    def _note_and_send(self, text: str, values: dict[str, Any]) -> psycopg.Cursor[Any]:
        self.count += 1
        return self._really_send(text, values)


async def _done(act: Awaitable[int]) -> None:
    await act
