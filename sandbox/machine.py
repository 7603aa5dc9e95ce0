"""All the parts, and which of them need each other."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox import ports, product
from sandbox.choices import Choices
from sandbox.instance import Instance
from sandbox.postgres import Postgres
from sandbox.redis import Redis
from sandbox.service import Part, Service
from sandbox.supervisor import Supervisor
from sandbox.webhooks import Registrar

ENVIRONMENT_FILE = "local.env"
DEMO_LOGINS = (
    ("buyer@example.com", "buys tickets"),
    ("buyer2@example.com", "buys them too"),
    ("seller@example.com", "sells them"),
    ("door@example.com", "stands at the door with the scanner"),
    ("admin@example.com", "runs the marketplace"),
)


class Machine:
    """All parts, started side by side where they do not need each other."""

    def __init__(
        self,
        root: Path,
        chosen: Choices,
        instance: Instance,
        supervisor: Supervisor,
        say: Callable[[str], None],
    ) -> None:
        self.root = root
        self.chosen = chosen
        self.instance = instance
        self.supervisor = supervisor
        self.say = say
        self.env: dict[str, str] = {}

    def start(self) -> None:
        self.say("tixapp is starting on this machine.")
        began = time.monotonic()
        self.env = self._settings()
        with self._step("Database, queue, mail and payments"):
            self._start_surroundings()
        self.instance.write_environment(ENVIRONMENT_FILE, self._own_settings())
        with self._step("Tables and demo data"):
            self._prepare_database()
        with self._step("Web, worker and clock"):
            self._start_product()
        self.seconds = time.monotonic() - began

    def product_logs(self) -> list[Path]:
        return [self._log(name) for name in ("web", "worker", "clock")]

    def summary(self) -> str:
        base = self.chosen.base_url
        lines = ["", f"tixapp is running, after {self.seconds:.1f} s.", ""]
        lines += [f"  {'Tickets':<16}{base}", f"  {'Scanner':<16}{base}/scan"]
        if self.chosen.own_mail:
            lines.append(f"  {'Caught mails':<16}http://localhost:{self.chosen.mail_page_port}")
        if self.chosen.own_stripe:
            lines.append(f"  {'Stripe sandbox':<16}http://localhost:{self.chosen.stripe_port}")
        if self.chosen.own_postgres:
            lines += ["", "  Sign in with the password tixapp-demo as", ""]
            lines += [f"  {address:<22}{role}" for address, role in DEMO_LOGINS]
        lines += ["", "  Logs are in instance/logs/. Ctrl-C stops all of it.", ""]
        return "\n".join(lines)

    def _settings(self) -> dict[str, str]:
        """Ours first, then whatever was given, which wins."""
        secrets = product.make_secrets(self.instance.read("secrets.json"))
        self.instance.write("secrets.json", secrets)
        ours = {
            "ENVIRONMENT": "development",
            "BASE_URL": self.chosen.base_url,
            "PORT": str(self.chosen.port),
            "MAIL_FROM": "tixapp <tickets@localhost>",
            "PYTHONUNBUFFERED": "1",
        }
        if not self.chosen.own_stripe:
            del secrets["STRIPE_API_KEY"]
        return ours | secrets | {name: value for name, value in self.chosen.given.items() if value}

    def _start_surroundings(self) -> None:
        """First whatever needs no waiting, then the database, which may have to be made."""
        waiting: list[Part] = [*self._start_mail(), *self._start_stripe()]
        redis = Redis(self.instance.folder / "redis", log=self._log("redis"))
        if self.chosen.own_redis:
            self.supervisor.start(redis)
            waiting.append(redis)
        if self.chosen.own_postgres:
            postgres = Postgres(self.instance.folder / "postgres", log=self._log("postgres"))
            postgres.create()
            self.supervisor.start(postgres)
            self.supervisor.wait_for(postgres)
            self.env["DATABASE_URL"] = postgres.url()
        self.supervisor.wait_for(*waiting)
        if self.chosen.own_redis:
            self.env["REDIS_URL"] = redis.url()
        if self.chosen.own_stripe:
            self._register_webhooks()

    def _start_mail(self) -> Iterator[Service]:
        if self.chosen.own_mail:
            smtp, page = self.chosen.smtp_port, self.chosen.mail_page_port
            self.env |= {"MAIL_HOST": ports.HOST, "MAIL_PORT": str(smtp), "MAIL_TLS": "false"}
            arguments = ["sandbox.mail", "--smtp-port", str(smtp), "--page-port", str(page)]
            arguments += ["--folder", str(self.instance.folder / "mail")]
            yield self._sandbox("mail catcher", arguments, self._log("mail"), page)

    def _start_stripe(self) -> Iterator[Service]:
        if self.chosen.own_stripe:
            port = self.chosen.stripe_port
            self.env["STRIPE_API_BASE"] = f"http://{ports.HOST}:{port}"
            self.env["STRIPE_PAGES"] = f"http://localhost:{port} http://{ports.HOST}:{port}"
            state = self.instance.folder / "stripe" / "stripe.sqlite3"
            state.parent.mkdir(exist_ok=True)
            arguments = ["sandbox.stripe", "--port", str(port), "--state", str(state)]
            arguments += ["--public-url", f"http://localhost:{port}"]
            yield self._sandbox("Stripe sandbox", arguments, self._log("stripe"), port)

    def _sandbox(self, name: str, arguments: list[str], log: Path, port: int) -> Service:
        command = [sys.executable, "-m", *arguments]
        service = Service(
            name,
            command,
            log,
            self.root,
            os.environ,
            answers=lambda: ports.is_open(port),
            stop_rank=1,
            keeps_data=True,
        )
        self.supervisor.start(service)
        return service

    def _register_webhooks(self) -> None:
        registrar = Registrar(self.env["STRIPE_API_BASE"], self.env["STRIPE_API_KEY"])
        kept = self.instance.read("webhooks.json")
        hook = f"{self.chosen.base_url}/stripe/webhook"
        found = {
            "platform": registrar.ensure(kept.get("platform", {}), hook, connect=False),
            "connect": registrar.ensure(kept.get("connect", {}), hook + "/connect", connect=True),
        }
        self.instance.write("webhooks.json", found)
        self.env["STRIPE_WEBHOOK_SECRET"] = found["platform"]["secret"]
        self.env["STRIPE_CONNECT_WEBHOOK_SECRET"] = found["connect"]["secret"]

    def _prepare_database(self) -> None:
        """Again only when migrations or demo data have changed: it takes a second or two."""
        ours = self.chosen.own_postgres
        note = self.instance.folder / "postgres" / "tixapp.prepared"
        wanted = product.fingerprint(self.root)
        if ours and note.exists() and note.read_text() == wanted:
            return
        self.supervisor.run_once(
            product.prepare(self.root, self._log("prepare"), self.env, demo=ours)
        )
        if ours:
            note.write_text(wanted)

    def _start_product(self) -> None:
        """The first page first; the others are there a moment later."""
        web = product.web(self.root, self._log("web"), self.env, port=self.chosen.port)
        self.supervisor.start(web)
        self.supervisor.wait_for(web)
        self.supervisor.start(product.worker(self.root, self._log("worker"), self.env))
        self.supervisor.start(product.clock(self.root, self._log("clock"), self.env))

    def _own_settings(self) -> dict[str, str]:
        """What commands in another terminal need: our settings, not the rest of the environment."""
        ours = ("DATABASE_URL", "REDIS_URL", "STRIPE_", "MAIL_", "SECRET_KEY", "TICKET_SIGNING_KEY")
        return {
            name: value
            for name, value in self.env.items()
            if name.startswith(ours) or os.environ.get(name) != value
        }

    def _log(self, name: str) -> Path:
        return self.instance.logs / f"{name}.log"

    @contextmanager
    def _step(self, what: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.say(f"  {what:<36}{time.monotonic() - began:>5.1f} s")
