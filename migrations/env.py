"""Runs the migrations inside the app. One transaction each; no long wait for a lock."""

import time

import sqlalchemy as sa
from alembic import context
from flask import current_app

from tixapp.core.db import db


def run() -> None:
    config = current_app.extensions["migrate"].configure_args
    with db.engine.connect() as connection:
        wait_for_our_turn(connection)
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
            context.run_migrations()


def wait_for_our_turn(connection: sa.Connection) -> None:
    """Two deployments at once: the second waits here, however long, and finds the work done. It
    asks again instead of standing in a transaction, for which an index that is made beside its
    readers would wait in turn."""
    while not connection.scalar(sa.text("SELECT pg_try_advisory_lock(7421001)")):
        connection.commit()
        time.sleep(0.2)


run()
