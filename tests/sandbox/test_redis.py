"""Redis, in whatever state the last run left its folder."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from sandbox.redis import Redis

pytestmark = pytest.mark.slow


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Redis]:
    server = Redis(tmp_path / "redis", log=tmp_path / "redis.log")
    yield server
    server.stop()


def test_what_it_held_is_there_after_an_orderly_stop(server: Redis) -> None:
    server.start()
    with redis.Redis.from_url(server.url()) as client:
        client.set("word", "still here")
    server.stop()
    server.start()
    with redis.Redis.from_url(server.url()) as client:
        assert client.get("word") == b"still here"


def test_nobody_gets_in_without_the_password(server: Redis) -> None:
    server.start()
    with (
        redis.Redis(host="127.0.0.1", port=server.port, retry=Retry(NoBackoff(), 0)) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()
    assert (server.data / "redis.conf").stat().st_mode & 0o777 == 0o600


def test_a_damaged_file_is_put_aside_and_it_starts_empty(server: Redis) -> None:
    server.data.mkdir()
    (server.data / "dump.rdb").write_bytes(b"REDIS0009 and then rubbish")
    server.start()
    with redis.Redis.from_url(server.url()) as client:
        assert client.dbsize() == 0
    assert (server.data / "dump.rdb.damaged").exists()


def test_a_port_that_was_taken_meanwhile_is_given_up_for_another(server: Redis) -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        server.port = other.getsockname()[1]
        server.start()
        assert server.port != other.getsockname()[1]
        assert server.ready()


def test_it_comes_back_at_the_same_port_after_it_was_killed(server: Redis) -> None:
    server.start()
    before = server.url()
    assert server.process is not None
    server.process.kill()
    server.process.wait()
    server.start()
    assert server.url() == before
