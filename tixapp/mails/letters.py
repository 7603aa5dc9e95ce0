"""A letter from its template: `templates/mail/<name>.txt` (with a `subject` block) and `.html`.

Templates are ours alone, never a user's. Names and titles in them are escaped in HTML; addresses
come from `link_to`, which knows only the configured host.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from jinja2 import Template

from tixapp.web.links import link_to
from tixapp.web.running import settings

from .actions import Enclosure, Words, write_mail


def write_letter(
    key: str,
    recipient: str,
    template: str,
    *,
    now: datetime,
    enclosures: Sequence[Enclosure] = (),
    **context: Any,
) -> bool:
    """Draws and queues a letter in the caller's transaction; False if `key` was used before.

    `key` names the occasion (`tickets:ord_…`): the same one is never written twice.
    """
    words = words_of(template, now=now, **context)
    return write_mail(key, recipient, words, enclosures=enclosures, now=now)


def words_of(template: str, *, now: datetime, **context: Any) -> Words:
    """Works without a request, in a worker too."""
    environment = current_app.jinja_env
    given = {"settings_public": settings(), "now": now, "link_to": link_to, **context}
    text = environment.get_template(f"mail/{template}.txt")
    html = environment.get_template(f"mail/{template}.html")
    return Words(
        subject=_subject(text, given),
        text=text.render(given).strip() + "\n",
        html=html.render(given),
    )


def _subject(template: Template, context: dict[str, Any]) -> str:
    """On one line whatever it is made of: a header has no second."""
    block = template.blocks["subject"]
    return " ".join("".join(block(template.new_context(context))).split())
