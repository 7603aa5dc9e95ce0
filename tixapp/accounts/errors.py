"""What can go wrong with accounts."""

from tixapp.core.errors import Conflict, Invalid, NotFound


class BadAddress(Invalid):
    """This cannot be an e-mail address. The message says why, to a person."""

    code = "bad_email"


class AddressTaken(Conflict):
    """Another account has this address, however it is spelled."""

    code = "email_taken"


class LinkDead(NotFound):
    """The link was used, replaced, is too old, or never was one."""

    code = "link_dead"


class WrongPassword(Invalid):
    code = "wrong_password"
