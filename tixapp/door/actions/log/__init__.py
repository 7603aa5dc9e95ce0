"""Taking in what phones did by themselves: each line becomes a scan, or an answer why not.

Nothing here depends on the order in which lines arrive, nor on how often. The statements are as
many for five hundred lines as for one.
"""

from .batch import FARTHEST_MS, Sending
from .take import take_lines

__all__ = ["FARTHEST_MS", "Sending", "take_lines"]
