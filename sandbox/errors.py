"""What can go wrong here, said in one sentence that a person can act on."""


class SandboxError(Exception):
    """The message is shown as it is; no traceback follows it."""


class BrokenData(SandboxError):
    """An engine refuses its data folder."""


class PortTaken(SandboxError):
    """Somebody else listens where we wanted to."""
