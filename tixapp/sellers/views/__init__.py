"""/sell: who one sells for, what buyers are told of them, and whether Stripe lets them."""

from . import account, home
from .base import bp

__all__ = ["account", "bp", "home"]
