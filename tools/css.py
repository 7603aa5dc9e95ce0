"""Join the sources of static/css into the one file that pages load, static/css/app.css.

python tools/css.py          write it
python tools/css.py --check  exit 1 when it is not what the sources say
"""

import re
import sys
from pathlib import Path

CSS = Path(__file__).resolve().parent.parent / "static" / "css"
BANNER = "/* Made by tools/css.py from the files beside it: change those. */\n"
FIRST = ["layers.css", "reset.css", "tokens.css", "hues.css", "base.css"]


def sources() -> list[Path]:
    parts = sorted(CSS.glob("components/*.css")) + sorted(CSS.glob("pages/*.css"))
    return [CSS / name for name in FIRST] + parts + [CSS / "utilities.css"]


def squeeze(text: str) -> str:
    """Drop comments and the white space that only people need."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r" ?([{};,>]) ?", r"\1", text)
    text = re.sub(r": ", ":", text)
    text = re.sub(r"(?<![\w.#])0(\.\d)", r"\1", text)
    return text.replace(";}", "}").strip()


def joined() -> str:
    parts = (squeeze(path.read_text(encoding="utf-8")) for path in sources())
    return BANNER + "\n".join(parts) + "\n"


def main() -> int:
    target = CSS / "app.css"
    if "--check" not in sys.argv:
        target.write_text(joined(), encoding="utf-8")
        return 0
    if target.read_text(encoding="utf-8") == joined():
        return 0
    sys.stderr.write("static/css/app.css is stale: run `python tools/css.py`.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
