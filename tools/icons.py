"""Write static/img/icons.svg, one sprite of the Lucide icons that pages use.

python tools/icons.py DIR    DIR holds lucide-static's icons/*.svg
"""

import re
import sys
from pathlib import Path

IMAGES = Path(__file__).resolve().parent.parent / "static" / "img"
NAMES = (
    "accessibility armchair arrow-left arrow-right arrow-up-right ban banknote bell calendar "
    "calendar-plus camera chart-column check chevron-down chevron-left chevron-right "
    "circle-alert circle-check circle-question-mark circle-x clock copy credit-card download "
    "external-link eye flashlight history hourglass info keyboard list-filter lock log-in "
    "log-out mail map-pin menu minus monitor moon pencil plus printer qr-code receipt-text "
    "refresh-cw scan-line search settings share-2 store sun switch-camera ticket ticket-check "
    "ticket-x trash-2 triangle-alert undo-2 user users volume-2 volume-x wallet wifi-off x "
)


def symbol(name: str, svg: str) -> str:
    body = re.sub(r"\s+", " ", svg.split(">", 2)[2].rsplit("</svg>", 1)[0]).strip()
    return f'<symbol id="{name}" viewBox="0 0 24 24">{body.replace("> <", "><")}</symbol>\n'


def main() -> None:
    folder = Path(sys.argv[1])
    symbols = "".join(symbol(name, (folder / f"{name}.svg").read_text()) for name in NAMES.split())
    (IMAGES / "icons.svg").write_text(
        "<!-- Lucide icons, ISC licence: static/vendor/lucide.LICENSE -->\n"
        f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}</svg>\n',
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
