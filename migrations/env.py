"""Runs the migrations inside the app. One transaction each; no long wait for a lock."""

import sqlalchemy as sa
from alembic import context
from flask import current_app

from tixapp.core.db import db


def run() -> None:
    config = current_app.extensions["migrate"].configure_args
    with db.engine.connect() as connection:
        # A migration that would wait for readers gives up and is run again, instead of
        # stopping every request behind it.
        connection.execute(sa.text("SET lock_timeout = '5s'"))
        connection.execute(sa.text("SET statement_timeout = 0"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            transaction_per_migration=True,
            **config,
        )
        with context.begin_transaction():
            # Two deployments at once: the second waits here and finds the work done.
            connection.execute(sa.text("SELECT pg_advisory_lock(7421001)"))
            context.run_migrations()


run()
