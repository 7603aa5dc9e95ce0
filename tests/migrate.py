"""Migrates the database at an address: `python -m tests.migrate postgresql://…`.

A process of its own, since Alembic configures logging and more for the whole process.
"""

from __future__ import annotations

import sys

from flask_migrate import upgrade

from tests.fixtures.settings import make_settings
from tixapp.app import create_app


def main(database_url: str) -> None:
    app = create_app(make_settings(database_url=database_url, redis_url="memory://"))
    with app.app_context():
        upgrade()


if __name__ == "__main__":
    main(sys.argv[1])
