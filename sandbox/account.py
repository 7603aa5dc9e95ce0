"""Who PostgreSQL runs as. It wants a user that is not root and has a name.

The clone may lie in a folder that other users cannot enter (one of 0700, say). Two ways around:

* root with its usual powers becomes `nobody` and keeps one capability, CAP_DAC_OVERRIDE, which
  opens the folders on the way;
* root without that power, or of a container with a single user, makes a user namespace in which
  it has another number.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import re
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

_PR_SET_KEEPCAPS = 8
_PR_SET_SECUREBITS = 28
_NO_SETUID_FIXUP = 1 << 2
_KEEP_CAPS = 1 << 4
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522
_CLONE_NEWUSER = 0x10000000
_USUAL_NOBODY = 65534

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Account:
    """Another user."""

    uid: int
    gid: int

    def become(self) -> None:
        """Give up being root in this process, for good. Runs between fork and exec."""
        linux = sys.platform == "linux"
        if linux:
            _libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
            # access(2) leaves capabilities out for users other than root, unless told not to,
            # and PostgreSQL looks for its own programs with it.
            _libc.prctl(_PR_SET_SECUREBITS, _NO_SETUID_FIXUP | _KEEP_CAPS, 0, 0, 0)
        os.setgroups([])
        os.setgid(self.gid)
        os.setuid(self.uid)
        if linux:
            _keep_entering_folders()


class Namespace:
    """The same user outside, but nobody inside, which is what PostgreSQL looks at."""

    def become(self) -> None:
        outside_uid, outside_gid = os.geteuid(), os.getegid()
        nobody = _nobody() or Account(_USUAL_NOBODY, _USUAL_NOBODY)
        if _libc.unshare(_CLONE_NEWUSER) != 0:
            raise OSError(ctypes.get_errno(), "this machine allows no user namespaces")
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{nobody.uid} {outside_uid} 1")
        _write("/proc/self/gid_map", f"{nobody.gid} {outside_gid} 1")


def owner_for(folder: Path) -> Account | Namespace | None:
    """Who may work in `folder`, which becomes theirs. None: we do, as we are."""
    if os.geteuid() != 0:
        return None if _has_name(os.geteuid()) else Namespace()
    status = folder.stat()
    if status.st_uid != 0:
        return Account(status.st_uid, status.st_gid)
    account = _nobody()
    if account is None or not _may_enter_everything():
        return Namespace()
    try:
        _hand_over(folder, account)
    except OSError:  # a container that has one user only
        return Namespace()
    return account


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _nobody() -> Account | None:
    """On every system, almost."""
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return None
    return Account(entry.pw_uid, entry.pw_gid)


def _may_enter_everything() -> bool:
    if sys.platform != "linux":
        return True
    found = re.search(r"^CapEff:\s*(\w+)", Path("/proc/self/status").read_text(), re.MULTILINE)
    return found is not None and bool(int(found[1], 16) & 1 << _CAP_DAC_OVERRIDE)


def _hand_over(folder: Path, account: Account) -> None:
    for path, _, files in os.walk(folder):
        for name in files:
            os.chown(Path(path, name), account.uid, account.gid, follow_symlinks=False)
        os.chown(path, account.uid, account.gid)


def _keep_entering_folders() -> None:
    """Where the capability is not ours to keep, the folder must be open; PostgreSQL says so."""
    header = struct.pack("<Ii", _CAPABILITY_VERSION_3, 0)
    bit = 1 << _CAP_DAC_OVERRIDE
    if _libc.capset(header, struct.pack("<6I", bit, bit, bit, 0, 0, 0)) == 0:
        _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0)


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)
