"""S3, or anything that speaks its protocol."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from tixapp.core.db import refuse_inside_transaction

from .base import NothingStored, StorageUnavailable, checked

CONNECT_SECONDS = 3
ANSWER_SECONDS = 10
GONE = frozenset({"NoSuchKey", "404", "NotFound"})


class S3Storage:
    """`endpoint` empty: Amazon's own."""

    def __init__(
        self, bucket: str, *, endpoint: str, region: str, access_key: str, secret_key: str
    ) -> None:
        self.bucket, self.endpoint, self.region = bucket, endpoint, region
        self._keys = {"aws_access_key_id": access_key, "aws_secret_access_key": secret_key}

    def put(self, key: str, content: bytes, mimetype: str) -> None:
        with _translated():
            self._client.put_object(
                Bucket=self.bucket, Key=checked(key), Body=content, ContentType=mimetype
            )

    def get(self, key: str) -> bytes:
        with _translated():
            found = self._client.get_object(Bucket=self.bucket, Key=checked(key))
            return bytes(found["Body"].read())

    def delete(self, key: str) -> None:
        with _translated():
            self._client.delete_object(Bucket=self.bucket, Key=checked(key))

    @cached_property
    def _client(self) -> Any:
        """Loaded when it is used: most installations never do, and it is large."""
        import boto3
        from botocore.config import Config

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint or None,
            region_name=self.region,
            config=Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=ANSWER_SECONDS,
                retries={"total_max_attempts": 2, "mode": "standard"},
                s3={"addressing_style": "path" if self.endpoint else "auto"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
            **self._keys,
        )


@contextmanager
def _translated() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    refuse_inside_transaction()
    try:
        yield
    except ClientError as fault:
        if fault.response.get("Error", {}).get("Code") in GONE:
            raise NothingStored("There is no such picture.") from None
        raise StorageUnavailable(str(fault)) from fault
    except BotoCoreError as fault:
        raise StorageUnavailable(str(fault)) from fault
