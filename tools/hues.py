"""Write static/css/hues.css: for each event hue the strongest colours that a screen can show,
and templates/macros/hues.html, the fills once more for letters, where styles cannot compute.

    python tools/hues.py

Chroma is cut to the sRGB gamut here, once, so that no browser has to guess; the text colours keep
the lightness that gives them their contrast. tests/js/contrast.test.js proves the result.
"""

import math
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CSS = ROOT / "static" / "css"
FOR_LETTERS = ROOT / "templates" / "macros" / "hues.html"
HUES = range(0, 360, 10)
FILL_LIGHTNESS = [step / 100 for step in range(70, 85)]
TEXT_ON_LIGHT, TEXT_ON_DARK = 0.46, 0.82


def linear_srgb(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    """Source: Björn Ottosson, A perceptual color space for image processing (Oklab)."""
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def widest_chroma(lightness: float, hue: float) -> float:
    low, high = 0.0, 0.4
    for _ in range(30):
        middle = (low + high) / 2
        if all(0 <= part <= 1 for part in linear_srgb(lightness, middle, hue)):
            low = middle
        else:
            high = middle
    return low


def cut(wanted: float, lightness: float, hue: float) -> str:
    """The chroma, rounded down to two places so that it stays inside."""
    return f"{math.floor(min(wanted, widest_chroma(lightness, hue)) * 100) / 100:g}"


def fill_of(hue: int) -> tuple[float, str]:
    """Lightness and chroma of its strongest fill."""
    lightness = max(FILL_LIGHTNESS, key=lambda lightness: widest_chroma(lightness, hue))
    return lightness, cut(0.2, lightness, hue)


def hexadecimal(hue: int) -> str:
    lightness, chroma = fill_of(hue)
    parts = (min(1.0, max(0.0, part)) for part in linear_srgb(lightness, float(chroma), hue))
    encoded = (12.92 * p if p <= 0.0031308 else 1.055 * p ** (1 / 2.4) - 0.055 for p in parts)
    return "#" + "".join(f"{round(part * 255):02x}" for part in encoded)


def rule(hue: int) -> str:
    fill, chroma = fill_of(hue)
    parts = {
        "--h": f"{hue}",
        "--l": f"{fill:g}",
        "--c": chroma,
        "--c1": cut(0.16, TEXT_ON_LIGHT, hue),
        "--c2": cut(0.13, TEXT_ON_DARK, hue),
    }
    return f'  [data-hue="{hue}"] {{ ' + "; ".join(f"{k}: {v}" for k, v in parts.items()) + " }\n"


def main() -> None:
    rules = "".join(rule(hue) for hue in HUES)
    (CSS / "hues.css").write_text(
        "/* Made by tools/hues.py. Fill lightness, fill chroma, text chroma on light, on dark. */\n"
        f"@layer tokens {{\n{rules}}}\n",
        encoding="utf-8",
    )
    fills = ", ".join(f'{hue}: "{hexadecimal(hue)}"' for hue in HUES)
    FOR_LETTERS.write_text(
        "{# Made by tools/hues.py: each hue's fill, for letters. #}\n"
        f"{{% set fills = {{{fills}}} %}}\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
