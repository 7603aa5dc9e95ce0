"""`python -m sandbox.mail`: takes mails over SMTP and shows them on a page."""

from __future__ import annotations

import argparse
import asyncio
import signal
import threading
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.mail import page
from sandbox.mail.store import Store

_HOST = "127.0.0.1"


class _Keep:
    """What aiosmtpd calls with each mail."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode()
        self.store.add(envelope.mail_from or "", list(envelope.rcpt_tos), raw)
        return "250 Kept"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.mail")
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--page-port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    store = Store(options.folder)
    reader = page.server(store, _HOST, options.page_port)
    threading.Thread(target=reader.serve_forever, daemon=True).start()
    asyncio.run(_serve(store, options.smtp_port))


async def _serve(store: Store, port: int) -> None:
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for sig in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sig, stopping.set)
    keep = _Keep(store)
    server = await loop.create_server(lambda: SMTP(keep, enable_SMTPUTF8=True), _HOST, port)
    async with server:
        await stopping.wait()


if __name__ == "__main__":
    main()
