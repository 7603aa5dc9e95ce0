"""python -m sandbox.stripe --port 12111 --state PATH [--host 127.0.0.1] [--public-url URL]"""

import argparse
import os
import signal
import sys
import threading

from sandbox.stripe.app import App
from sandbox.stripe.config import Config
from sandbox.stripe.server import make_server
from sandbox.stripe.store import OldState


def main() -> None:
    options = _options()
    public_url = (options.public_url or f"http://{options.host}:{options.port}").rstrip("/")
    try:
        app = App(options.state, Config(public_url, frozenset(options.api_key)))
    except OldState:
        sys.exit(
            f"{options.state} is of another version of the Stripe sandbox. Remove it to go on."
        )
    try:
        server = make_server(options.host, options.port, app.handle)
    except OSError as error:
        sys.exit(
            f"The Stripe sandbox cannot listen on {options.host}:{options.port}: {error.strerror}."
        )
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    app.start()
    threading.Thread(target=server.serve_forever, name="server", daemon=True).start()
    print(f"Stripe sandbox on {public_url}", flush=True)
    stop.wait()
    app.store.close()  # waits for the transaction that is under way, then nothing can begin another
    os._exit(0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.stripe", description="A stand-in for Stripe."
    )
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--state", default=":memory:", help="SQLite file, or :memory:")
    parser.add_argument("--public-url", help="address that buyers and sellers reach it at")
    parser.add_argument(
        "--api-key", action="append", default=[], help="take this key only; may be repeated"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
