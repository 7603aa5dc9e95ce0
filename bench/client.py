"""An HTTP client that costs little: one open line a client, answers parsed no further than needed.

It runs in the measuring process, beside the servers, on the same cores.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Request:
    """`head` holds everything but the length of `body`."""

    head: bytes
    body: bytes

    @classmethod
    def make(
        cls, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Request:
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        return cls("\r\n".join(lines).encode(), body)

    def raw(self) -> bytes:
        length = b"\r\nContent-Length: %d" % len(self.body)
        return self.head + length + END_OF_HEAD + self.body


class Line(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self) -> None:
        self._received = b""
        self._waiting: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, fault: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(fault or ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(END_OF_HEAD)
        if end < 0 or self._waiting is None:
            return
        head = self._received[:end].lower()
        at = head.find(LENGTH)
        length = int(head[at + len(LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._received) < end + 4 + length:
            return
        body = self._received[end + 4 : end + 4 + length]
        self._received = b""
        self._waiting.set_result((int(head[9:12]), body))

    async def ask(self, request: Request) -> tuple[int, bytes]:
        """Status and body."""
        assert self._transport is not None
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request.raw())
        return await asyncio.wait_for(self._waiting, PATIENCE)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def connect(port: int) -> Line:
    _, line = await asyncio.get_running_loop().create_connection(Line, "127.0.0.1", port)
    return line
