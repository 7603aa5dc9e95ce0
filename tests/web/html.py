"""Reading pages as people do: by what stands in them."""

from __future__ import annotations

from html.parser import HTMLParser

INLINE = frozenset({"a", "b", "em", "small", "span", "strong", "time"})
VOID = frozenset({"meta", "link", "input", "img", "br", "hr", "use", "source"})


class _Reader(HTMLParser):
    """The text and the attributes of every element of one kind."""

    def __init__(self, tag: str) -> None:
        super().__init__()
        self.tag, self.depth = tag, 0
        self.found: list[tuple[dict[str, str | None], list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == self.tag and self.depth == 0:
            self.found.append((dict(attrs), []))
            self.depth = 0 if tag in VOID else 1
        elif self.depth and tag not in VOID:
            self.depth += 1
            self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.depth and tag not in VOID:
            self._part(tag)
            self.depth -= 1

    def _part(self, tag: str) -> None:
        if tag not in INLINE:
            self.found[-1][1].append(" ")

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.found[-1][1].append(data)


def elements(page: str, tag: str) -> list[tuple[dict[str, str | None], str]]:
    """Attributes and text of each, outermost only, spaces folded."""
    reader = _Reader(tag)
    reader.feed(page)
    return [(attributes, " ".join("".join(text).split())) for attributes, text in reader.found]


def texts(page: str, tag: str) -> list[str]:
    return [text for _attributes, text in elements(page, tag)]


def names(page: str) -> list[str]:
    """Of the events on cards."""
    return texts(page, "h3")


def links(page: str, text: str) -> list[str]:
    """Where the links of these words lead."""
    return [a["href"] or "" for a, words in elements(page, "a") if words == text]


def attribute(page: str, tag: str, wanted: str, /, **of: str) -> list[str | None]:
    """One attribute of every element that has the others; `data_url` stands for `data-url`."""
    conditions = {key.rstrip("_").replace("_", "-"): value for key, value in of.items()}
    return [
        attributes.get(wanted)
        for attributes, _text in elements(page, tag)
        if all(attributes.get(key) == value for key, value in conditions.items())
    ]
