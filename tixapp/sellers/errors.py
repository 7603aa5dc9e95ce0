"""What can go wrong with sellers."""

from tixapp.core.errors import Conflict


class AlreadyMember(Conflict):
    """The person already has a role there."""

    code = "already_member"


class LastOwner(Conflict):
    """A seller has an owner at any time: name another one first."""

    code = "last_owner"
