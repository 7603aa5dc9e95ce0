"""Two people at one event: what each has changed is kept, and where both did, both are shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from wtforms import Form


@dataclass(frozen=True)
class Merged:
    """`theirs`: by field, what somebody else saved where this person typed something else.
    `taken`: the fields where theirs stands in the form now, since this person left them alone."""

    theirs: Mapping[str, str]
    taken: list[str]


def merge(form: Form, present: Mapping[str, str], version: int) -> Merged:
    """Brings the form up to date with what is saved now, keeping all that was typed."""
    was = _read(str(form.was.data or ""))
    theirs, taken = {}, []
    for name, now in present.items():
        field = form[name]
        mine = _text(field.data)
        if mine == _text(now):
            continue
        if name in was and mine == _text(was[name]):
            field.data = now
            taken.append(name)
        elif name not in was or _text(was[name]) != _text(now):
            theirs[name] = now
    form.version.data = str(version)
    form.was.data = json.dumps(present)
    return Merged(theirs, taken)


def _text(value: object) -> str:
    """Without the marks that a browser adds to lines."""
    return str(value if value is not None else "").replace("\r\n", "\n").strip()


def _read(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}
