"""Checking the books, and putting right what is open."""

import sys

import click

from tixapp.ops.audit import run_audit
from tixapp.orders.jobs import end_overdue_payments, look_at_open_payments


@click.command()
def audit() -> None:
    """Checks every invariant; one line a difference, and exit status 1 if there is any."""
    differences = run_audit()
    for line in differences:
        click.echo(line)
    if differences:
        sys.exit(1)
    click.echo("The books are in order.")


@click.command()
def reconcile() -> None:
    """Asks Stripe about every open payment, once, and does what follows."""
    ended, looked = end_overdue_payments(), look_at_open_payments()
    click.echo(f"Ended {ended} overdue payments, looked at {looked} open ones.")
