"""/e/<slug>/list, /e/<slug>/room and what belongs to them."""

from flask import Blueprint

bp = Blueprint("waiting", __name__)
