"""Making the database ready."""

import click
from flask_migrate import upgrade


@click.command()
def prepare() -> None:
    """Brings the tables up to date. Run at each deployment; again does no harm."""
    upgrade()
