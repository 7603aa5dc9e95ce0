"""The commands that work on this installation: they read its settings before they begin."""

import sys

import click
from flask import Flask

from tixapp.app import create_app
from tixapp.config import ConfigError, Settings, environment
from tixapp.web.requests import configure_logging

from .accounts import api_key, user
from .books import audit, reconcile
from .processes import clock, worker
from .seed import seed
from .setup import prepare

COMMANDS = (audit, reconcile, clock, worker, prepare, seed, user, api_key)


@click.group(epilog="verify-draw FILE checks a published draw; it needs no settings.")
@click.pass_context
def tixapp(context: click.Context) -> None:
    """tixapp sells tickets. Settings come from the environment; the README lists them."""
    context.obj = context.with_resource(_app().app_context())


for _command in COMMANDS:
    tixapp.add_command(_command)


def _app() -> Flask:
    try:
        settings = Settings.from_env(environment())
    except ConfigError as fault:
        sys.exit(
            "These settings need attention:\n  "
            + "\n  ".join(fault.faults)
            + "\nOn your own machine: start `make run`, and commands in another terminal find it."
        )
    configure_logging(as_json=settings.is_production)
    return create_app(settings)
