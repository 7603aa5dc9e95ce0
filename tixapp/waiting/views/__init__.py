"""/e/<slug>/list, /e/<slug>/room and what belongs to them."""

from .base import bp  # isort: skip - the modules below hang their routes on it
from . import documents, list, proof, room, to_list  # noqa: A004

__all__ = ["bp", "documents", "list", "proof", "room", "to_list"]
