"""Landlock: the Linux kernel keeps this process to reading a few folders, whatever code it runs.

Since Linux 5.13, without privileges, for good. Numbers are those of linux/landlock.h.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # system calls, the same on x86-64 and arm64
_PATH_BENEATH = 1
_ALL = {1: (1 << 13) - 1, 2: (1 << 14) - 1}  # rights over files by version of the interface
_LATEST = (1 << 15) - 1
_RUN, _WRITE_FILE, _READ_FILE, _READ_FOLDER = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_SCOPED = 6  # from this version on, signals and abstract sockets also stop at the border
_NO_SOCKETS_NO_SIGNALS = 0b11


def only_read(paths: Iterable[str], runs: Iterable[str] = ()) -> bool:
    """Refuse every file but reading below these paths, and the one that forgets all; False where the kernel cannot.

    Args:
        runs: programs, and folders of them, that may also be started.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE, None, 0, 1)
    if version < 1:
        return False
    handled = _ALL.get(version, _LATEST)
    wanted = struct.pack("QQQ", handled, 0, _NO_SOCKETS_NO_SIGNALS) if version >= _SCOPED else struct.pack("Q", handled)
    rules = libc.syscall(_CREATE, wanted, len(wanted), 0)
    if rules < 0:
        return False
    try:
        _permit(libc, rules, os.devnull, _WRITE_FILE)
        for path in paths:
            _permit(libc, rules, path, 0)
        for path in runs:
            _permit(libc, rules, path, _RUN)
        return bool(libc.syscall(_RESTRICT, rules, 0) == 0)
    finally:
        os.close(rules)


def _permit(libc: ctypes.CDLL, rules: int, path: str, more: int) -> None:
    if not os.path.exists(path):
        return
    rights = more | _READ_FILE | (_READ_FOLDER if os.path.isdir(path) else 0)
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        libc.syscall(_ADD, rules, _PATH_BENEATH, struct.pack("=Qi", rights, place), 0)
    finally:
        os.close(place)
