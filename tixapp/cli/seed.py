"""`seed`: the demo data."""

import click

from tixapp.core.clock import clock
from tixapp.demo.load import load_demo
from tixapp.demo.people import LOGINS, PASSWORD

from .accounts import open_seller


@click.command()
def seed() -> None:
    """Loads ten demo events and five logins. Again adds only what is missing."""
    loaded = load_demo(clock.now(), open_seller=open_seller)
    if not (loaded.people or loaded.events):
        print("The demo data is there already; nothing was changed.")
        return
    print(f"Added {loaded.events} events and {loaded.people} people.")
    print(f"Sign in as {', '.join(person.email for person in LOGINS)}, password {PASSWORD}.")
