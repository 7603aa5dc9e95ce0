"""Migrates the database at an address, or draws the next migration with the help of an empty one.

    python -m tests.migrate postgresql://…
    python -m tests.migrate --new "add hold expiry" postgresql://…

A process of its own, since Alembic configures logging and more for the whole process.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from flask_migrate import migrate, upgrade

from tests.fixtures.settings import make_settings
from tixapp.app import create_app

VERSIONS = Path(__file__).parent.parent / "migrations" / "versions"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.migrate")
    parser.add_argument("--new", metavar="WHAT")
    parser.add_argument("database_url")
    options = parser.parse_args()
    app = create_app(make_settings(database_url=options.database_url, redis_url="memory://"))
    with app.app_context():
        upgrade()
        if options.new:
            migrate(message=options.new, rev_id=next_number())


def next_number() -> str:
    numbers = [int(path.name[:4]) for path in VERSIONS.glob("[0-9]*.py")]
    return f"{max(numbers, default=0) + 1:04d}"


if __name__ == "__main__":
    main()
