"""/e/<slug>/room/proof: what the draw was made from, one's own place in it, and the whole of it."""

from __future__ import annotations

from tempfile import TemporaryFile

from flask import abort, render_template, send_file
from flask.typing import ResponseReturnValue
from flask_login import current_user

from tixapp.waiting.keys import room_secrets
from tixapp.waiting.queries.proof import is_whole, published_of, ranked
from tixapp.waiting.queries.room import entry_of, rank_of
from tixapp.waiting.rules.beacon import announced, read
from tixapp.waiting.rules.transcript import written
from tixapp.web.limits import by_person, limiter

from .base import bp
from .room import room_and_event


@bp.get("/e/<slug>/room/proof")
def proof(slug: str) -> ResponseReturnValue:
    event, room = room_and_event(slug)
    secrets = room_secrets()
    entry = entry_of(event.id, current_user.id) if current_user.is_authenticated else None
    published = published_of(event, room, secrets)
    opens_at = room.opens_at or event.on_sale_at or room.announced_at
    beacon_text = announced(room.beacon, opens_at)
    return render_template(
        "waiting/proof.html",
        event=event,
        room=room,
        published=published,
        entry=entry,
        salt=published.salts.get(entry.win) if entry else None,
        rank=rank_of(room, entry) if entry else None,
        public_key=secrets.public_key,
        beacon_text=beacon_text,
        beacon=read(beacon_text),
        is_whole=is_whole(room),
    )


@bp.get("/e/<slug>/room/transcript")
@limiter.limit("10 per minute", key_func=by_person)
def transcript(slug: str) -> ResponseReturnValue:
    """Every place in order, without names: `python -m tixapp verify-draw` recomputes it."""
    event, room = room_and_event(slug)
    if not is_whole(room):
        abort(404)
    published = published_of(event, room, room_secrets())
    file = TemporaryFile()  # noqa: SIM115 - the answer closes it when it has been sent
    for line in written(published, ranked(room.event_id, room.closed_win), room.joined):
        file.write(line.encode())
    file.seek(0)
    name = f"draw-{event.slug}.txt"
    return send_file(file, mimetype="text/plain", as_attachment=True, download_name=name)
