"""Checking the books, and putting right what is open."""

import sys

import click

from tixapp.ops.audit import run_audit
from tixapp.orders.jobs import (
    end_overdue_payments,
    look_at_open_payments,
    look_for_stray_money,
)
from tixapp.refunds.jobs import work_on_refunds
from tixapp.webhooks.jobs import fetch_undelivered, work_off_events


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
    """Asks Stripe about everything that is open, once, and does what follows."""
    fetched = fetch_undelivered()
    work_off_events()
    ended, looked = end_overdue_payments(), look_at_open_payments()
    stray, refunded = look_for_stray_money(), work_on_refunds()
    print(
        f"Fetched {fetched} undelivered events, ended {ended} overdue payments, looked at {looked}"
        f" open ones, found {stray} strays, worked on {refunded} refunds."
    )
