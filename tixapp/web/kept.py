"""Service workers: they name the files a browser keeps, so that a page needs no network."""

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path, PurePosixPath

from flask import Response

from .assets import Assets

# Modules name each other by relative path, at the top or when they need each other.
_IMPORT = re.compile(r"""(?:from|import)\s*\(?\s*"(\.[^"]+\.js)\"""")
# Binds every page's controllers, by name: each page says itself which of them it has.
BINDER = "js/app.js"


def worker(assets: Assets, path: str, *, pages: Iterable[str], more: Iterable[str]) -> Response:
    """The service worker at `path`, told of `pages`' modules and the files in `more`.

    `more`: of the folder, or an address as it is when it begins with a slash.
    """
    modules = kept_files(assets.folder, assets.version(), tuple(pages))
    others = [file if file.startswith("/") else assets.url(file) for file in more]
    files = [*(assets.url(file) for file in modules), *others]
    return script(assets, path, "KEPT", {"version": assets.version(), "files": files})


def script(assets: Assets, path: str, name: str, value: object) -> Response:
    """The file with a line before it that says what only the server knows."""
    text = (assets.folder / path).read_text(encoding="utf-8")
    response = Response(f"const {name} = {json.dumps(value)};\n{text}", mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


@lru_cache(maxsize=8)
def kept_files(folder: Path, version: str, pages: tuple[str, ...]) -> tuple[str, ...]:
    """Every module the pages load, followed from one to the next.

    `version`: of the folder; with another one it is looked through again.
    """
    found: set[str] = set()
    waiting = list(pages)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imports(folder, path) if path != BINDER else []
    return tuple(sorted(found))


def _imports(folder: Path, path: str) -> list[str]:
    text = (folder / path).read_text(encoding="utf-8")
    here = PurePosixPath(path).parent
    return [_resolved(here, relative) for relative in _IMPORT.findall(text)]


def _resolved(here: PurePosixPath, relative: str) -> str:
    parts = list(here.parts)
    for part in PurePosixPath(relative).parts:
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
