"""What can go wrong with sellers."""

from tixapp.core.errors import Conflict


class AlreadyMember(Conflict):
    """The person already has a role there."""

    code = "already_member"


class LastOwner(Conflict):
    """A seller has an owner at any time: name another one first."""

    code = "last_owner"


class InvitationOver(Conflict):
    """The invitation was taken, taken back or is too old, or is for somebody else."""

    code = "invitation_over"


class TooManyInvitations(Conflict):
    """More wait for an answer than anybody needs."""

    code = "too_many_invitations"
