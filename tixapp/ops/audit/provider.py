"""Our ledger against Stripe's books, account by account."""

import sqlalchemy as sa

from tixapp.core.db import db, end_reading
from tixapp.gateways import gateways
from tixapp.gateways.stripe import Charged, Stripe, StripeRefused, StripeUnavailable

Books = dict[str, Charged]


def books_equal_the_providers() -> list[str]:
    """Every charge that Stripe has stands in our ledger with the same sums, and the reverse."""
    ours = _our_books()
    end_reading()
    found: list[str] = []
    for account, booked in ours.items():
        try:
            theirs = _their_books(gateways().stripe, account)
        except (StripeUnavailable, StripeRefused) as fault:
            found.append(f"account {account}: the payment provider does not answer ({fault})")
            continue
        found += _compare(account, booked, theirs)
    return found


def _our_books() -> dict[str, Books]:
    """By account, by payment intent: what was captured, what of it is our fee, what went back.

    Every account on which a payment was ever opened is there. A refund counts from when Stripe has
    taken it, as it does there.
    """
    rows = db.session.execute(
        sa.text(
            """
            SELECT p.stripe_account, p.stripe_intent,
                   coalesce(sum(l.amount_minor) FILTER (WHERE l.kind = 'captured'), 0),
                   coalesce(sum(l.amount_minor) FILTER (WHERE l.kind = 'fee'), 0),
                   coalesce(-sum(l.amount_minor) FILTER (
                       WHERE l.kind IN ('refunded', 'refund_back')), 0)
                   + (SELECT coalesce(sum(r.amount_minor), 0) FROM refunds r
                      WHERE r.payment_id = p.id AND r.status = 'submitted')
            FROM payments p LEFT JOIN ledger l ON l.payment_id = p.id
            GROUP BY p.id
            """
        )
    )
    books: dict[str, Books] = {}
    for account, intent, captured, fee, refunded in rows:
        of_account = books.setdefault(account, {})
        if captured or fee or refunded:
            of_account[intent] = Charged(int(captured), int(fee), int(refunded))
    return books


def _their_books(stripe: Stripe, account: str) -> Books:
    return dict(stripe.charges(account=account))


def _compare(account: str, ours: Books, theirs: Books) -> list[str]:
    found = []
    for intent in sorted(ours.keys() | theirs.keys()):
        mine, other = ours.get(intent), theirs.get(intent)
        if mine != other:
            found.append(f"account {account}, {intent}: our books {mine}, theirs {other}")
    return found
