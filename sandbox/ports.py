"""Which ports of this machine are free."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import closing

from sandbox.errors import PortTaken, SandboxError

HOST = "127.0.0.1"


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def check(wanted: Iterable[tuple[str, int, str]]) -> None:
    """Takes (setting, port, what it is for); raises for the first that cannot be ours."""
    seen: dict[int, str] = {}
    for setting, port, purpose in wanted:
        if port in seen:
            raise PortTaken(
                f"{seen[port]} and {setting} are both {port}. Give one of them another port, "
                f"for example {setting}={_free_near(port)}."
            )
        seen[port] = setting
        if not 0 < port < 65536:
            raise SandboxError(
                f"{setting} is {port}, which is not a port; they go from 1 to 65535."
            )
        if _is_taken(port):
            raise PortTaken(
                f"Port {port}, meant for {purpose}, is used by another program. Stop that program, "
                f"or choose another port: {setting}={_free_near(port)} make run"
            )


def is_open(port: int) -> bool:
    """Whether somebody answers there."""
    for family, host in ((socket.AF_INET, HOST), (socket.AF_INET6, "::1")):
        with closing(socket.socket(family)) as probe:
            probe.settimeout(0.5)
            if probe.connect_ex((host, port)) == 0:
                return True
    return False


def _is_taken(port: int) -> bool:
    """Asking alone is not enough, nor is trying: on some systems both can be had at once."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError as error:
            raise SandboxError(
                f"This user may not use port {port}. Choose one above 1023."
            ) from error
        except OSError:
            return True
    return is_open(port)


def _free_near(port: int) -> int:
    for candidate in range(port + 1, min(port + 100, 65536)):
        if not _is_taken(candidate):
            return candidate
    return free_port()
