"""Join the sources of static/css into what pages load: app.css, and the small room.css for crowds.

python tools/css.py          write them
python tools/css.py --check  exit 1 when they are not what the sources say
"""

import re
import sys
from pathlib import Path

CSS = Path(__file__).resolve().parent.parent / "static" / "css"
BANNER = "/* Made by tools/css.py from the files beside it: change those. */\n"
FIRST = ["layers.css", "reset.css", "tokens.css", "hues.css", "base.css"]


ROOM = [*FIRST, "components/button.css", "room_page.css", "utilities.css"]


def products() -> dict[str, list[Path]]:
    parts = sorted(CSS.glob("components/*.css")) + sorted(CSS.glob("pages/*.css"))
    return {
        "app.css": [CSS / name for name in FIRST] + parts + [CSS / "utilities.css"],
        "room.css": [CSS / name for name in ROOM],
    }


def squeeze(text: str) -> str:
    """Drop comments and the white space that only people need."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r" ?([{};,>]) ?", r"\1", text)
    text = re.sub(r": ", ":", text)
    text = re.sub(r"(?<![\w.#])0(\.\d)", r"\1", text)
    return text.replace(";}", "}").strip()


def joined(sources: list[Path]) -> str:
    parts = (squeeze(path.read_text(encoding="utf-8")) for path in sources)
    return BANNER + "\n".join(parts) + "\n"


def main() -> int:
    made = {CSS / name: joined(sources) for name, sources in products().items()}
    if "--check" not in sys.argv:
        for target, text in made.items():
            target.write_text(text, encoding="utf-8")
        return 0
    stale = [t.name for t, text in made.items() if t.read_text(encoding="utf-8") != text]
    if not stale:
        return 0
    sys.stderr.write(f"{', '.join(stale)} in static/css: stale. Run `python tools/css.py`.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
