"""The database hangs up in the middle of something."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from tixapp.core.db import db


def test_an_answer_stands_when_the_database_hangs_up_after_it(app: Flask) -> None:
    with app.app_context():
        backend = db.session.scalar(sa.text("SELECT pg_backend_pid()"))
        with db.engine.connect() as another:
            another.execute(sa.text("SELECT pg_terminate_backend(:it)"), {"it": backend})
    with app.app_context():
        assert db.session.scalar(sa.text("SELECT 1")) == 1
