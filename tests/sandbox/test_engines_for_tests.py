"""The engines that a test run shares."""

from __future__ import annotations

import socket

import psycopg
import pytest
import redis

from tests.network import WorldIsClosed


def test_the_database_is_postgresql_18_and_has_a_name_of_its_own(
    postgres_url: str, worker_name: str
) -> None:
    with psycopg.connect(postgres_url) as connection:
        assert connection.info.server_version // 10000 == 18
        assert connection.info.dbname == f"tixapp_{worker_name}"


def test_redis_answers_and_starts_empty(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.set("a", "1")
        assert client.get("a") == b"1"
        client.flushdb()
        assert client.dbsize() == 0


def test_a_fresh_database_has_no_tables(fresh_database: str) -> None:
    with psycopg.connect(fresh_database) as connection:
        rows = connection.execute("SELECT * FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert rows == []


def test_a_test_cannot_reach_another_machine() -> None:
    with pytest.raises(WorldIsClosed, match=r"192\.0\.2\.1"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(WorldIsClosed, match=r"example\.com"):
        socket.create_connection(("example.com", 80), timeout=1)
