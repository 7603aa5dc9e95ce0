"""What a crowd shares: the document of a room, and the table of keys it names."""

import re

from flask import Response, abort, current_app, request
from flask.typing import ResponseReturnValue

from tixapp.waiting.queries.room import document_of, table_of
from tixapp.waiting.shelf import PATH, Kept, shelf

from .base import bp

TABLE = re.compile(r"draw-[0-9a-f]{16}\.bin")


@bp.get("/room/<event_id>.json")
def shared_document(event_id: str) -> ResponseReturnValue:
    """Asked for at most once a second in each process: otherwise the shelf answers before us."""
    if request.query_string or not PATH.fullmatch(request.path):
        abort(404)  # one address for everyone, and no other that a cache would keep beside it
    kept = shelf().fresh(event_id) or _fetched(event_id)
    encodings, known = request.headers.get("Accept-Encoding", ""), request.if_none_match
    status, headers, body = kept.answer(encodings, known.to_header() or None)
    return Response(body, status, headers)


@bp.get("/room/<event_id>/<table>")
def key_table(event_id: str, table: str) -> ResponseReturnValue:
    """How the keys of a draw are spread. Its name is its content: kept for ever."""
    found = table_of(event_id, table) if TABLE.fullmatch(table) else None
    if found is None:
        abort(404)
    response = Response(found, mimetype="application/octet-stream")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def _fetched(event_id: str) -> Kept:
    known = shelf().from_redis(event_id) if not current_app.testing else None
    text = known or document_of(event_id)
    if not text:
        abort(404)
    return shelf().put(event_id, text)
