"""Making the database ready."""

import click
from flask_migrate import upgrade

from tixapp.core.clock import clock
from tixapp.demo.load import is_empty, load_demo
from tixapp.waiting.keys import rooms_that_stay_shut

from .accounts import open_seller


@click.command()
@click.option("--demo", is_flag=True, help="Load the demo data if the database is empty.")
def prepare(*, demo: bool) -> None:
    """Brings the tables up to date. Run at each deployment; again does no harm."""
    upgrade()
    if shut := rooms_that_stay_shut():
        raise click.ClickException(
            f"the waiting rooms of {', '.join(shut)} were announced under another SECRET_KEY and"
            " cannot be drawn with this one. Put that key into SECRET_PREVIOUS_KEYS."
        )
    if demo and is_empty():
        load_demo(clock.now(), open_seller=open_seller)
