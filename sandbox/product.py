"""The settings and processes of tixapp itself, as they run on this machine."""

from __future__ import annotations

import base64
import hashlib
import http.client
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from sandbox.ports import HOST
from sandbox.service import Service

_THREADS = "16"  # as many as the database pool has connections


def make_secrets(kept: Mapping[str, str]) -> dict[str, str]:
    """The ones that are there stay: sessions and tickets outlive a restart."""
    return {
        "SECRET_KEY": secrets.token_hex(32),
        "TICKET_SIGNING_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "STRIPE_API_KEY": "sk_test_" + secrets.token_hex(24),
    } | dict(kept)


def fingerprint(root: Path) -> str:
    """Of everything that `prepare` depends on."""
    found = hashlib.sha256()
    for folder in ("migrations/versions", "tixapp/demo"):
        for path in sorted((root / folder).rglob("*.py")):
            found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def prepare(root: Path, log: Path, env: Mapping[str, str], *, demo: bool) -> Service:
    command = [sys.executable, "-m", "tixapp", "prepare", *(["--demo"] if demo else [])]
    return Service("Preparing the database", command, log, root, env)


def web(root: Path, log: Path, env: Mapping[str, str], *, port: int) -> Service:
    options = ["--interface", "wsgi", "--host", HOST, "--port", str(port)]
    options += ["--blocking-threads", _THREADS, "--no-ws"]
    command = [sys.executable, "-m", "granian", *options, "wsgi:app"]
    return Service("web", command, log, root, env, answers=lambda: is_healthy(port))


def worker(root: Path, log: Path, env: Mapping[str, str]) -> Service:
    return Service("worker", [sys.executable, "-m", "tixapp", "worker"], log, root, env)


def clock(root: Path, log: Path, env: Mapping[str, str]) -> Service:
    return Service("clock", [sys.executable, "-m", "tixapp", "clock"], log, root, env)


def is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
