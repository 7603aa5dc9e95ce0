"""What the worker and the clock run."""

from tixapp.core.clock import clock
from tixapp.gateways import gateways

from .flows import Post


def send_due_mails() -> int:
    """Sends every letter that is due; how many went out. Any number may run at once."""
    return Post(gateways().mailer, clock).send_all_due()
