"""The commands of `python -m tixapp`. Those of `API.md` keep their names and their output."""

import sys


def main() -> None:
    if sys.argv[1:2] == ["verify-draw"]:  # for anybody: no settings, no packages, no database
        from .draw import verify_draw

        sys.exit(verify_draw(sys.argv[2:]))
    from .group import tixapp

    tixapp.main(prog_name="python -m tixapp")
