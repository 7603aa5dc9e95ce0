"""Commits are real here."""

from __future__ import annotations

import psycopg

from tests.people import Person


def test_what_a_test_makes_is_seen_by_other_connections(postgres_url: str, bob: Person) -> None:
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT name FROM users").fetchall() == [("Bob",)]


def test_tables_are_emptied_afterwards(postgres_url: str, carol: Person) -> None:
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT name FROM users").fetchall() == [("Carol",)]
