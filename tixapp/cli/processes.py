"""The processes beside the web server."""

from typing import cast

import click
from flask import Flask, current_app

from tixapp.clockwork import Clockwork
from tixapp.worker import run_worker


@click.command()
def worker() -> None:
    """Works off what is due, whenever it is woken."""
    run_worker(_app())


@click.command()
def clock() -> None:
    """Relays facts and runs the sweeps. A second one does no harm."""
    Clockwork(_app()).run()


def _app() -> Flask:
    return cast("Flask", current_app._get_current_object())  # type: ignore[attr-defined]
