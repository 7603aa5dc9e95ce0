"""What a role at a seller allows. None is somebody without one."""

from .models import Role


def may_own(role: Role | None) -> bool:
    """Members, the Stripe account, fees."""
    return role is Role.OWNER


def may_edit(role: Role | None) -> bool:
    """Events and tiers; publish and cancel."""
    return role in {Role.OWNER, Role.EDITOR}


def may_see_money(role: Role | None) -> bool:
    """Orders, attendees, revenue, payouts; refund."""
    return role in {Role.OWNER, Role.EDITOR}
