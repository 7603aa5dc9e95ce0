"""The blueprint."""

from flask import Blueprint

bp = Blueprint("waiting", __name__)
