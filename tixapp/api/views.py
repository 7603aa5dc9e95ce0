"""The API under /api/v1: every call that was declared, its description, and nothing else."""

from flask import Blueprint

from . import about, errors, resources
from .calls import add_routes

bp = Blueprint("api", __name__, url_prefix="/api/v1")

errors.register(bp)
add_routes(bp)
about.register(bp)

__all__ = ["bp", "resources"]
