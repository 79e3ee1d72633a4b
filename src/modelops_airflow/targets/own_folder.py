"""A target's own folder, read and written through no link, and without waiting for what somebody else put there.

Whoever may write in a folder may put a link in it, to the folder of another environment; a named pipe, which is read for
ever; or a file of any size. None of that is followed, waited for or read to its end.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from ..digest import Digest
from ..durable import PARTIAL, finish, locked
from ..errors import TargetError

NOTE, ARTIFACT = 1 << 20, 4 << 30
"""Bytes that a pointer, which has a model file's options, and an artifact may have."""
_CHUNK = 1 << 20
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class NoPlainFile(TargetError):
    """What is in the place of a file is none that a target writes: a link, a pipe, a folder, or one that is too large."""


@dataclass(frozen=True)
class OwnFolder:
    """A folder; what is in it is named by paths relative to it.

    Attributes:
        path: itself may be reached through a link, since nobody who writes in it made that one.
    """

    path: Path

    def read(self, name: str, most: int = NOTE) -> bytes:
        """The bytes of a file.

        Raises:
            FileNotFoundError: there is none.
            TargetError: it is reached through a link, is no plain file, larger than may be, or cannot be read.
        """
        with self._plain(name, most) as file, self._spoken(name):
            data = file.read(most + 1)
        if len(data) > most:
            raise NoPlainFile(f"{self.path / name} is larger than {most} bytes; somebody else wrote it")
        return data

    def digest(self, name: str, most: int = ARTIFACT) -> Digest | None:
        """Digest of a file, read in chunks; None if there is none.

        Raises:
            TargetError: as of `read`.
        """
        state, left = hashlib.sha256(), most
        try:
            with self._plain(name, most) as file, self._spoken(name):
                while left >= 0 and (chunk := file.read(_CHUNK)):
                    state.update(chunk)
                    left -= len(chunk)
        except FileNotFoundError:
            return None
        if left < 0:
            raise NoPlainFile(f"{self.path / name} is larger than {most} bytes; somebody else wrote it")
        return Digest("sha256:" + state.hexdigest())

    def names(self, folder: str) -> list[str] | None:
        """Names in a folder, sorted; None where there is no such folder.

        Raises:
            TargetError: it is a link or no folder, or cannot be listed.
        """
        try:
            with self._spoken(folder), self._folder(folder) as handle:
                return sorted(os.listdir(handle))
        except FileNotFoundError:
            return None

    def write(self, name: str, data: bytes, *, mode: int = 0o600, most: int = ARTIFACT) -> None:
        """Write a file, or put it in the place of another at once; folders on the way are made.

        Raises:
            TargetError: a folder on the way is a link, it would be larger than may be read, or it cannot be written.
        """
        if len(data) > most:
            raise TargetError(f"{name} would have {len(data)} bytes, and at most {most} are read here; nothing was written")
        folder, _, file = name.rpartition("/")
        with self._spoken(name, missing=True), self._folder(folder, make=True) as handle:
            partial = f"{PARTIAL}{secrets.token_hex(8)}"
            made = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=handle)
            try:
                with os.fdopen(made, "wb") as opened:
                    opened.write(data)
                    finish(opened, mode)
                os.replace(partial, file, src_dir_fd=handle, dst_dir_fd=handle)
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(partial, dir_fd=handle)
            os.fsync(handle)

    def link(self, name: str, to: str) -> None:
        """Give a file a second name, never in the place of another.

        Raises:
            FileExistsError: there is something of that name.
            FileNotFoundError: there is no such file.
            TargetError: as of `write`.
        """
        (former, _, old), (folder, _, new) = name.rpartition("/"), to.rpartition("/")
        with self._spoken(to), self._folder(former) as source, self._folder(folder, make=True) as handle:
            os.link(old, new, src_dir_fd=source, dst_dir_fd=handle, follow_symlinks=False)
            os.fsync(handle)

    def remove(self, name: str, *, before: float | None = None) -> None:
        """Delete a plain file, if there is one.

        Args:
            before: seconds since the epoch; one that was changed later stays.
        """
        folder, _, file = name.rpartition("/")
        with suppress(FileNotFoundError), self._spoken(name), self._folder(folder) as handle:
            about = os.stat(file, dir_fd=handle, follow_symlinks=False)
            if stat.S_ISREG(about.st_mode) and (before is None or about.st_mtime < before):
                os.unlink(file, dir_fd=handle)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else switches meanwhile."""
        with locked(self.path / ".lock"):
            yield

    @contextmanager
    def _plain(self, name: str, most: int) -> Iterator[IO[bytes]]:
        folder, _, file = name.rpartition("/")
        with self._spoken(name), self._folder(folder) as handle:
            try:
                opened = os.fdopen(os.open(file, _READ, dir_fd=handle), "rb")
            except OSError as error:
                if error.errno in (errno.ELOOP, errno.ENXIO, errno.EISDIR):
                    raise NoPlainFile(f"{self.path / name} is a link or no plain file; somebody else put it there, and it is not followed") from None
                raise
        with opened:
            about = os.fstat(opened.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise NoPlainFile(f"{self.path / name} is no plain file; somebody else put it there")
            if about.st_size > most:
                raise NoPlainFile(f"{self.path / name} is larger than {most} bytes ({about.st_size}); somebody else wrote it")
            yield opened

    @contextmanager
    def _folder(self, folder: str, *, make: bool = False) -> Iterator[int]:
        """A handle of a folder, opened part by part."""
        if make:
            self.path.mkdir(parents=True, exist_ok=True)
        handle, at = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC), self.path
        try:
            for part in PurePosixPath(folder).parts:
                at = at / part
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(part, dir_fd=handle)
                outer, handle = handle, _inner(part, handle, at)
                os.close(outer)
            yield handle
        finally:
            os.close(handle)

    @contextmanager
    def _spoken(self, name: str, *, missing: bool = False) -> Iterator[None]:
        """What the file system says, as an error of a target; what is missing or there already is the caller's to judge."""
        try:
            yield
        except OSError as error:
            if isinstance(error, FileNotFoundError | FileExistsError) and not missing:
                raise
            raise TargetError(f"{self.path / name} cannot be read or written: {error.strerror}") from None


def _inner(part: str, outer: int, at: Path) -> int:
    try:
        if part in ("..", "/"):
            raise OSError(errno.ELOOP, "it leads out of the folder")
        return os.open(part, _FOLDER, dir_fd=outer)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise TargetError(f"{at} is a link or no folder, and is not followed: whoever may write in {at.parent} could lead this target to another "
                              "place. Take it away, find out who put it there, and release again") from None
        raise
