"""`make bench`: everything of `bench/` once, as a table and as JSON."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tests.journeys.running import clone, start, stop

from .plan import Plan, run
from .table import table


def main() -> int:
    plan, into = _options()
    with tempfile.TemporaryDirectory(prefix="tixapp-bench-") as folder:
        running = start(clone(Path(folder)), ENVIRONMENT="production")
        try:
            found = run(running, plan, say=lambda line: print(line, file=sys.stderr, flush=True))
        finally:
            stop(running)
    into.parent.mkdir(parents=True, exist_ok=True)
    into.write_text(json.dumps(found, indent=2) + "\n")
    print(table(found))
    return 0


def _options() -> tuple[Plan, Path]:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=4, help="of each measurement")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 16, 64])
    parser.add_argument("--tickets", type=int, default=1_000_000, help="sold in the large event")
    parser.add_argument("--purchases", type=float, default=10, help="seconds of buying")
    parser.add_argument("--crowd", type=int, default=100_000, help="who join one room")
    parser.add_argument(
        "--only", nargs="+", default=[], help="holds scans webhooks rooms purchases"
    )
    parser.add_argument("--json", type=Path, default=Path("instance/bench.json"))
    given = parser.parse_args()
    plan = Plan(
        given.seconds,
        tuple(given.clients),
        given.tickets,
        given.purchases,
        given.crowd,
        tuple(given.only),
    )
    return plan, given.json


if __name__ == "__main__":
    sys.exit(main())
