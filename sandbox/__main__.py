"""`python -m sandbox`: tixapp on this machine, and engines to try something with."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from sandbox.errors import SandboxError


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except SandboxError as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox")
    commands = parser.add_subparsers(required=True)

    run = commands.add_parser("run", help="start everything; Ctrl-C stops it")
    run.add_argument("--with-parent", action="store_true", help="end when the caller ends")
    run.set_defaults(run=_run)

    reset = commands.add_parser("reset", help="empty instance/")
    reset.set_defaults(run=_reset)

    engines = commands.add_parser("engines", help="a throwaway PostgreSQL and Redis, until Ctrl-C")
    engines.add_argument("--dir", type=Path, help="where their data goes")
    engines.add_argument("--owner", type=int, help="stop when this process has ended")
    engines.add_argument("command", nargs="*", help="run this with them, then stop")
    engines.set_defaults(run=_engines)
    return parser


def _run(options: argparse.Namespace) -> int:
    from sandbox import children, run

    if options.with_parent:
        children.die_with(os.getppid())
    return run.run()


def _reset(_options: argparse.Namespace) -> int:
    from sandbox import run

    return run.reset()


def _engines(options: argparse.Namespace) -> int:
    from sandbox.engines import run_with, serve

    if options.command:
        return run_with(options.command)
    if options.dir is not None:
        return serve(options.dir, owner=options.owner)
    with tempfile.TemporaryDirectory(prefix="tixapp-") as folder:
        return serve(Path(folder), owner=options.owner)


if __name__ == "__main__":
    sys.exit(main())
