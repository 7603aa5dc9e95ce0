"""`make chaos`: buyers, doors and refunds while everything is killed and Stripe misbehaves."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.journeys.running import clone, start, stop

from .run import Outcome, Plan, go
from .scene import make_seller

CONTROL_SHARE = 0.2


def main() -> int:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="tixapp-chaos-") as folder:
        running = start(clone(Path(folder)))
        try:
            seller_key = make_seller(running)
            calm = Plan("control", options.seconds * CONTROL_SHARE, options.seed, options.buyers)
            plans = [_without_strikes(calm)] if options.control else []
            plans.append(Plan("chaos", options.seconds, options.seed, options.buyers))
            outcomes = [go(running, plan, seller_key=seller_key, say=print) for plan in plans]
            if options.keep:
                _keep(running.folder, options.keep)
        finally:
            stop(running)
    for outcome in outcomes:
        _report(outcome)
    return 1 if any(outcome.violations for outcome in outcomes) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--buyers", type=int, default=50)
    parser.add_argument("--no-control", dest="control", action="store_false")
    parser.add_argument("--keep", type=Path, help="a folder for the operations and the logs")
    return parser.parse_args()


def _without_strikes(plan: Plan) -> Plan:
    return Plan(plan.name, plan.seconds, plan.seed, plan.buyers, strikes=False)


def _keep(folder: Path, into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    instance = folder / "instance"
    for found in [*instance.glob("operations-*.jsonl"), *(instance / "logs").glob("*.log")]:
        (into / found.name).write_bytes(found.read_bytes())


def _report(outcome: Outcome) -> None:
    facts = asdict(outcome)
    violations = facts.pop("violations")
    print(json.dumps(facts, indent=2))
    for line in violations:
        print(f"NOT SO: {line}")
    if not violations:
        print(f"{outcome.plan.name}: everything that was promised holds.")


if __name__ == "__main__":
    sys.exit(main())
