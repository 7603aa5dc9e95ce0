"""`make simulate`: many sales, as a table and as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from .plan import Run, jobs, run_all
from .scenes import AS_ASSUMED, scenes
from .table import broken, table
from .world import World


def main() -> int:
    given = _options()
    world = World()
    chosen = [s for s in scenes(world) if not given.only or given.only in s.name]
    todo = jobs(chosen, seeds=given.seeds, faulty_seeds=given.faulty_seeds)
    runs = run_all(todo, seconds=given.seconds, say=_say)
    given.json.parent.mkdir(parents=True, exist_ok=True)
    found = {"world": asdict(world), "runs": [run.as_dict() for run in runs]}
    given.json.write_text(json.dumps(found, indent=1) + "\n")
    print(table(runs))
    if len(runs) < len(todo):
        print(f"\nTime was up after {len(runs)} of {len(todo)} sales.")
    wrong = broken(runs)
    print("\n".join(["", *_verdict(runs, wrong)]))
    return 0 if runs and not wrong else 1


def _verdict(runs: list[Run], wrong: list[str]) -> list[str]:
    if wrong:
        return ["What did not hold:", *wrong]
    return ["All of it held." if runs else "Nothing was simulated."]


def _say(run: Run) -> None:
    line = f"{run.took:5.1f} s  {run.scene}, {run.control}, seed {run.seed}  {run.broken}"
    print(line.rstrip(), file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help=f"of the sale {AS_ASSUMED}")
    parser.add_argument("--faulty-seeds", type=int, default=20, help="of each fault")
    parser.add_argument("--seconds", type=float, default=900, help="then no other sale is begun")
    parser.add_argument("--only", default="", help="scenes with these words in their name")
    parser.add_argument("--json", type=Path, default=Path("instance/simulate.json"))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
