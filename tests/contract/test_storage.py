"""A folder and a server that speaks S3's protocol keep the same promises."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from sandbox.redis import free_port
from tests.fixtures.settings import CLOSED_PORT
from tixapp.core.db import TransactionOpen, transaction
from tixapp.gateways.storage import (
    FolderStorage,
    NothingStored,
    S3Storage,
    Storage,
    StorageUnavailable,
)

pytestmark = pytest.mark.usefixtures("db_session")

KEY = "pic_abc/480.webp"


def s3(endpoint: str, bucket: str = "pictures") -> S3Storage:
    return S3Storage(
        bucket, endpoint=endpoint, region="us-east-1", access_key="key", secret_key="secret"
    )


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    """Its address, with a bucket."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    port = free_port()
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    address = f"http://127.0.0.1:{port}"
    s3(address)._client.create_bucket(Bucket="pictures")
    yield address
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return FolderStorage(tmp_path / "pictures")
    return s3(request.getfixturevalue("s3_server"))


def test_what_was_kept_comes_back_until_it_is_deleted(storage: Storage) -> None:
    storage.put(KEY, b"one", "image/webp")
    assert storage.get(KEY) == b"one"
    storage.put(KEY, b"two", "image/webp")
    assert storage.get(KEY) == b"two"
    storage.delete(KEY)
    storage.delete(KEY)
    with pytest.raises(NothingStored):
        storage.get(KEY)


@pytest.mark.parametrize(
    "name",
    ["../secret", "/etc/hostname", "a/../../b.webp", "a/b", "a/b.webp/c.webp", "", "A/b.svg"],
)
def test_a_name_that_we_did_not_make_is_refused(storage: Storage, name: str) -> None:
    with pytest.raises(ValueError, match="no name of ours"):
        storage.put(name, b"x", "image/webp")
    with pytest.raises(ValueError, match="no name of ours"):
        storage.get(name)


def test_no_storage_is_asked_inside_a_transaction(storage: Storage) -> None:
    with pytest.raises(TransactionOpen), transaction():
        storage.get(KEY)


def test_the_type_is_kept_beside_the_file(s3_server: str) -> None:
    there = s3(s3_server)
    there.put(KEY, b"one", "image/webp")
    head = there._client.head_object(Bucket="pictures", Key=KEY)
    assert head["ContentType"] == "image/webp"


def test_a_server_that_is_away_or_has_no_such_bucket_is_unavailable(s3_server: str) -> None:
    for there in (s3(CLOSED_PORT), s3(s3_server, "nowhere")):
        with pytest.raises(StorageUnavailable):
            there.put(KEY, b"x", "image/webp")


def test_a_disk_without_room_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageUnavailable, match="No space left"):
        FolderStorage(tmp_path).put(KEY, b"x" * 1000, "image/webp")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
