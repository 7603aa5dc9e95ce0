"""Cut Bricolage Grotesque down to the letters, weights and features that pages use.

python tools/font.py SOURCE.woff2    needs fonttools and brotli
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

TARGET = Path(__file__).resolve().parent.parent / "static" / "fonts" / "bricolage.woff2"
AXES = {"opsz": 24, "wdth": 100, "wght": (400, 800)}
LETTERS = (
    "U+0020-007E,U+00A0-00FF,U+0131,U+0152-0153,U+0160-0161,U+0178,U+017D-017E,U+2013-2014,"
    "U+2018-201A,U+201C-201E,U+2022,U+2026,U+2032,U+20AC,U+2190-2193,U+2212"
)


def main() -> None:
    font = instancer.instantiateVariableFont(TTFont(sys.argv[1], recalcTimestamp=False), AXES)
    options = subset.Options()
    options.layout_features = ["kern", "tnum", "ccmp", "locl", "mark"]
    options.name_IDs = [0, 1, 2, 13, 14]
    options.hinting = False
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=subset.parse_unicodes(LETTERS))
    subsetter.subset(font)
    font.flavor = "woff2"
    font.save(TARGET)


if __name__ == "__main__":
    main()
