"""The control of a waiting room as a pure function: plain values in, a decision out.

No database, no clock, no dice. Once a tick `decide` says how many people have been called in all;
`admit` is the hard gate of a single claim; `most_places` is what a pass may take. What a sale has
taught stands in `Memory`, which the caller keeps between two ticks.
"""

from .forecast import wait
from .gate import admit, most_places, places_for
from .learning import Beliefs, believed
from .values import Counts, Decision, History, Limits, Mark, Memory, Reason, State
from .waves import decide, settled

__all__ = [
    "Beliefs",
    "Counts",
    "Decision",
    "History",
    "Limits",
    "Mark",
    "Memory",
    "Reason",
    "State",
    "admit",
    "believed",
    "decide",
    "most_places",
    "places_for",
    "settled",
    "wait",
]
