"""Descriptions: a little Markdown, and nothing that could do harm."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tixapp.web.markdown import to_html

ALLOWED = {"p", "br", "strong", "em", "ul", "ol", "li", "a", "h3", "h4", "blockquote", "code", "hr"}


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(to_html(text))
    return reader


def harmless(text: str) -> bool:
    found = read(text)
    schemes = all(
        re.match(r"(https?:|mailto:|[^:]*$|/|#)", link, re.IGNORECASE) for link in found.links
    )
    return found.tags <= ALLOWED and found.attributes <= {"href", "rel", "title"} and schemes


def test_text_lists_links_and_emphasis_are_shown() -> None:
    text = "**Loud** and *late*.\nDoors\n\n* one\n* two\n\n[more](https://example.com)"
    assert to_html(text) == (
        "<p><strong>Loud</strong> and <em>late</em>.<br>\nDoors</p>\n"
        "<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"
        '<p><a href="https://example.com" rel="nofollow noopener">more</a></p>\n'
    )


def test_headings_stand_below_the_pages_own() -> None:
    assert to_html("# One\n\n## Two\n\n### Three") == (
        "<h3>One</h3>\n<h3>Two</h3>\n<h3>Three</h3>\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "![x](https://evil.example/pixel.gif)",
        "[click](javascript:alert(1))",
        "[click](JaVaScRiPt:alert(1))",
        "[click](java\nscript:alert(1))",
        "[click](data:text/html;base64,PHNjcmlwdD4=)",
        "[click](vbscript:x)",
        '[click](https://example.com "onmouseover=alert(1)")',
        "<javascript:alert(1)>",
        '<a href="https://example.com" onclick="alert(1)">x</a>',
        "<style>body{display:none}</style>",
        "<iframe src=https://evil.example></iframe>",
        "<svg/onload=alert(1)>",
        "`<script>`",
        "&lt;script&gt;",
        "</p></main><form action=//evil.example><input name=password>",
        "[a]: javascript:alert(1)\n\n[a]",
    ],
)
def test_nothing_in_a_description_runs_or_leads_astray(text: str) -> None:
    assert harmless(text)


def test_a_script_is_shown_as_what_was_written() -> None:
    assert to_html("<script>alert(1)</script>") == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"


@given(st.text(alphabet="<>[]()!#*_`:/\"'=&; \nabjscriptonload", max_size=80))
def test_no_text_becomes_anything_else(text: str) -> None:
    assert harmless(text)
