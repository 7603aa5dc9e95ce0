"""Descriptions written by sellers: a safe part of Markdown."""

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

# No raw HTML, no images: text, lists, links and headings are what a description needs.
_reader = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(["image", "html_block"])
_TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "a", "h3", "h4", "blockquote", "code", "hr"}


@lru_cache(maxsize=256)
def to_html(text: str) -> Markup:
    """HTML that cannot carry a script, whatever `text` is. Headings start below the page's own."""
    html = _reader.render(text)
    for level in (2, 1):
        html = html.replace(f"<h{level}>", "<h3>").replace(f"</h{level}>", "</h3>")
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener",
    )
    return Markup(clean)  # noqa: S704 - cleaned on the line above
