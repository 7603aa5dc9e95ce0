"""A folder on this machine, or one that all machines share."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tixapp.core.db import refuse_inside_transaction

from .base import NothingStored, StorageUnavailable, checked


class FolderStorage:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, key: str, content: bytes, mimetype: str) -> None:
        """Written beside its place and moved there: nobody reads half a file."""
        target = self._path(key)
        with _translated():
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
                beside = Path(file.name)
                try:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                    beside.replace(target)
                except OSError:
                    beside.unlink(missing_ok=True)
                    raise

    def get(self, key: str) -> bytes:
        with _translated():
            try:
                return self._path(key).read_bytes()
            except FileNotFoundError:
                raise NothingStored("There is no such picture.") from None

    def delete(self, key: str) -> None:
        target = self._path(key)
        with _translated():
            target.unlink(missing_ok=True)
            if target.parent.is_dir() and not any(target.parent.iterdir()):
                target.parent.rmdir()

    def _path(self, key: str) -> Path:
        return self.folder / checked(key)


@contextmanager
def _translated() -> Iterator[None]:
    refuse_inside_transaction()
    try:
        yield
    except OSError as fault:
        raise StorageUnavailable(fault.strerror or "The disk does not answer.") from fault
