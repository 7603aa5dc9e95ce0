"""Working through rows that are due, one by one."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog
from sqlalchemy.exc import OperationalError

from .db import db

T = TypeVar("T")
R = TypeVar("R")

log = structlog.get_logger()


def each(due: Iterable[T], work: Callable[[T], R]) -> list[R]:
    """What `work` answers for each. A fault in one is logged and keeps no other from its turn.

    A database that is away is raised: the next would meet it too.
    """
    answers = []
    for row in due:
        try:
            answers.append(work(row))
        except OperationalError:
            raise
        except Exception:
            db.session.rollback()
            log.exception("sweep_left_one", work=work.__name__, row=row)
    return answers
