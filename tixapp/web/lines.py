"""Where the log goes."""

import sys
from contextlib import suppress


class LogLines:
    """Standard output. On a disk without room lines are lost, and no answer."""

    def write(self, line: str) -> None:
        with suppress(OSError):
            sys.stdout.write(line)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stdout.flush()
