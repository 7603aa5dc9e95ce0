"""What wakes the worker."""

from dataclasses import dataclass

from tixapp.core.facts import Fact


@dataclass(frozen=True)
class MailWritten(Fact):
    """At least one letter is due."""
