"""Who may do what with an event."""

from tixapp.accounts.models import User
from tixapp.sellers import access
from tixapp.sellers.models import Role
from tixapp.sellers.queries import role_of

from .models import Event


def may_edit(user: User, event: Event) -> bool:
    """Owners and editors of its seller."""
    return access.may_edit(_role(user, event))


def may_preview(user: User, event: Event) -> bool:
    """A draft is shown to everyone who works for its seller."""
    return _role(user, event) is not None


def _role(user: User, event: Event) -> Role | None:
    return role_of(user.id, event.seller_id) if user.is_authenticated else None
