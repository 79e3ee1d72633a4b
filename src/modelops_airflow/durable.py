"""Files that are there completely or not at all, also after a crash: a temporary file, fsync, one rename or link, fsync of the folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from .errors import TargetError

PARTIAL = ".partial-"
"""What the names of unfinished files begin with; one that a kill left behind may be deleted."""
PATIENCE = 15.0
"""Seconds to wait for a lock: what is done under one takes far less, and a stranger may hold it for ever."""


def write_once(path: Path, data: bytes, *, mode: int = 0o444) -> None:
    """Write a new file, never over another.

    Raises:
        FileExistsError: there is a file of this name; it is left as it is.
    """
    with partial(path.parent) as file:
        file.write(data)
        finish(file, mode)
        os.link(file.name, path)  # unlike a rename it fails where there is a file
    sync(path.parent)


def write_durably(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write a file, or put it in the place of another at once."""
    with partial(path.parent) as file:
        file.write(data)
        put(file, path, mode)


@contextlib.contextmanager
def partial(folder: Path) -> Iterator[IO[bytes]]:
    """A temporary file in a folder, gone at the end unless it was put somewhere."""
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix=PARTIAL)
    os.close(handle)
    try:
        with open(name, "w+b") as file:
            yield file
    finally:
        Path(name).unlink(missing_ok=True)


def put(file: IO[bytes], path: Path, mode: int) -> None:
    """Put a temporary file of the same file system in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    finish(file, mode)
    os.replace(file.name, path)
    sync(path.parent)


def finish(file: IO[bytes], mode: int) -> None:
    """All bytes of a file on the disk, with its final permissions."""
    file.flush()
    os.fchmod(file.fileno(), mode)
    os.fsync(file.fileno())


def sync(folder: Path) -> None:
    """The names in a folder on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """An exclusive lock between processes of one machine, released also by a kill.

    Raises:
        TargetError: somebody holds it for longer than `PATIENCE`, or what is in its place is a link or no plain file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise TargetError(f"the lock {path} cannot be opened: {error.strerror}; expected a plain file, which may be deleted while nobody holds it") from None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise TargetError(f"the lock {path} is no plain file; somebody else put it there: take it away")
        until = time.monotonic() + PATIENCE
        while not _taken(handle):
            if time.monotonic() > until:
                raise TargetError(f"the lock {path} has been held by somebody else for {PATIENCE:g} seconds; nothing was written. "
                                  f"See who holds it (`fuser {path}`)")
            time.sleep(0.02)
        yield
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
