"""Tests speak to this machine only. A call to the world fails, with the address in the message."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

_NAMES = {"localhost", "", None}


class WorldIsClosed(RuntimeError):
    """A test tried to reach another machine."""


def close_the_world() -> None:
    """Wrap what Python code can open connections with. Unix sockets stay open."""
    for name in ("connect", "connect_ex"):
        _wrap_method(name)
    real_getaddrinfo = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        _refuse_unless_local(host.decode() if isinstance(host, bytes) else host)
        return real_getaddrinfo(host, *args, **kwargs)

    socket.getaddrinfo = getaddrinfo


def _wrap_method(name: str) -> None:
    real = getattr(socket.socket, name)

    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _refuse_unless_local(address[0])
        return real(self, address)

    setattr(socket.socket, name, guarded)


def _refuse_unless_local(host: str | None) -> None:
    if host in _NAMES:
        return
    try:
        local = ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        local = str(host).endswith(".localhost")
    if not local:
        raise WorldIsClosed(f"A test tried to reach {host}.")
