"""Hashing passwords with argon2id, at the parameters OWASP gives for busy servers."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# 19 MiB and two passes: about 25 ms of one core, and a hundred at once fit in memory.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_stand_ins: dict[PasswordHasher, str] = {}


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def fits(password: str, stored: str | None) -> bool:
    """Takes as long for an account that is not there (`None`) as for a wrong password."""
    try:
        _hasher.verify(stored or _stand_in(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def prepare() -> None:
    """Makes the stand-in now, so that the first unknown address is not slower than the rest."""
    _stand_in()


def _stand_in() -> str:
    if _hasher not in _stand_ins:
        _stand_ins[_hasher] = _hasher.hash("nobody has this password")
    return _stand_ins[_hasher]
