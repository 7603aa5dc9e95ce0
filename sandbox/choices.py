"""What the person who types `make run` has chosen: ports, and real services instead of ours."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox import ports
from sandbox.errors import SandboxError

_STRIPE_SECRETS = ("STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_CONNECT_WEBHOOK_SECRET")


@dataclass(frozen=True)
class Choices:
    """Everything from the environment and `.env`, and the ports read out of it."""

    given: Mapping[str, str]
    port: int
    stripe_port: int
    mail_page_port: int
    smtp_port: int

    @property
    def own_postgres(self) -> bool:
        return not self.given.get("DATABASE_URL")

    @property
    def own_redis(self) -> bool:
        return not self.given.get("REDIS_URL")

    @property
    def own_stripe(self) -> bool:
        return not any(self.given.get(name) for name in (*_STRIPE_SECRETS, "STRIPE_API_BASE"))

    @property
    def own_mail(self) -> bool:
        return not self.given.get("MAIL_HOST")

    @property
    def base_url(self) -> str:
        return self.given.get("BASE_URL") or f"http://localhost:{self.port}"

    def check_ports(self) -> None:
        """Raises with a sentence for the first port that cannot be ours."""
        wanted = [("PORT", self.port, "the pages")]
        if self.own_stripe:
            wanted.append(("STRIPE_SANDBOX_PORT", self.stripe_port, "the Stripe sandbox"))
        if self.own_mail:
            wanted.append(("MAIL_PAGE_PORT", self.mail_page_port, "the page with caught mails"))
            wanted.append(("MAIL_PORT", self.smtp_port, "the mail catcher"))
        ports.check(wanted)

    def check_stripe(self) -> None:
        missing = [name for name in _STRIPE_SECRETS if not self.given.get(name)]
        if not self.own_stripe and missing:
            raise SandboxError(
                f"Some STRIPE_ settings are set, so the real Stripe is used, but "
                f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing. "
                "Set all three, or none to use the sandbox."
            )


def read(root: Path, environment: Mapping[str, str] | None = None) -> Choices:
    given = _read_file(root / ".env") | dict(os.environ if environment is None else environment)
    return Choices(
        given=given,
        port=_port(given, "PORT", 5000),
        stripe_port=_port(given, "STRIPE_SANDBOX_PORT", 12111),
        mail_page_port=_port(given, "MAIL_PAGE_PORT", 8025),
        smtp_port=_port(given, "MAIL_PORT", 0) or ports.free_port(),
    )


def _port(given: Mapping[str, str], name: str, default: int) -> int:
    raw = given.get(name, "").strip() or str(default)
    if not (raw.isascii() and raw.isdecimal() and int(raw) < 65536):
        raise SandboxError(f"{name} is {raw!r}, which is not a port. Ports go from 1 to 65535.")
    return int(raw)


def _read_file(path: Path) -> dict[str, str]:
    """`NAME=value` lines, quoted as in a shell; `export` and comments are allowed."""
    found = {}
    for number, line in enumerate(path.read_text().splitlines() if path.exists() else (), 1):
        try:
            words = shlex.split(line, comments=True)
        except ValueError as fault:
            raise SandboxError(f"{path}, line {number}: {fault}.") from fault
        words = words[1:] if words[:1] == ["export"] else words
        if not words:
            continue
        name, sign, value = words[0].partition("=")
        if not sign or len(words) > 1:
            raise SandboxError(f"{path}, line {number} does not read NAME=value.")
        found[name] = value
    return found
