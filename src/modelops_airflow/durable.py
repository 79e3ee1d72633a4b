"""Files that are there completely or not at all, also after a crash: a temporary file, fsync, one rename or link, fsync of the folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

PARTIAL = ".partial-"
"""What the names of unfinished files begin with; one that a kill left behind may be deleted."""


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
    """An exclusive lock between processes of one machine, released also by a kill."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
