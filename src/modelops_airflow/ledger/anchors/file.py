"""Checkpoints as write-once files in a folder: they find mistakes and old backups, on a disk of their own more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from ...durable import write_once
from ...errors import LedgerError
from ..anchor import SAME_HOST, AnchorClass, Kept, name_of, require_same, require_same_stamp
from ..stamp import LARGEST


class FileAnchor:
    """A folder; see `Anchor`."""

    kind: AnchorClass = SAME_HOST

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self._folder = url, folder

    def publish(self, size: int, note: str) -> None:
        """Write a file, never over another."""
        path = self._folder / name_of(size)
        require_same(str(path), _kept(path, note.encode(), "checkpoint").decode(errors="replace"), note)

    def keep_stamp(self, size: int, token: bytes) -> None:
        """Write a file, never over another."""
        path = self._folder / name_of(size, "tsr")
        require_same_stamp(str(path), _kept(path, token, "time stamp"), token)

    def newest(self) -> Iterator[Kept]:
        """The files; their times are the file system's."""
        try:
            for path in sorted(self._folder.glob("checkpoint-*.note"), reverse=True):
                stamp = path.with_suffix(".tsr")
                yield Kept(str(path), path.read_text(encoding="utf-8", errors="replace"), datetime.fromtimestamp(path.stat().st_mtime, UTC),
                           _start_of(stamp) if stamp.is_file() else None)
        except OSError as error:
            raise LedgerError(f"the anchor {self.url} cannot be read: {error.strerror}") from None


def _kept(path: Path, data: bytes, what: str) -> bytes:
    """What is in a file that is written now, or was before."""
    try:
        write_once(path, data)
    except FileExistsError:
        if not path.is_file():
            raise LedgerError(f"the {what} cannot be kept as {path}: something else is in its place") from None
        return path.read_bytes()
    except OSError as error:
        raise LedgerError(f"the {what} cannot be kept as {path}: {error.strerror}") from None
    return data


def _start_of(path: Path) -> bytes:
    """As much of a file as shows that it is too large for a time stamp."""
    with path.open("rb") as file:
        return file.read(LARGEST + 1)
