"""Checkpoints as write-once files in a folder: they find mistakes and old backups, on a disk of their own more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from ...durable import write_once
from ...errors import LedgerError
from ..anchor import SAME_HOST, AnchorClass, Kept, name_of, require_same


class FileAnchor:
    """A folder; see `Anchor`."""

    kind: AnchorClass = SAME_HOST

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self._folder = url, folder

    def publish(self, size: int, note: str) -> None:
        """Write a file, never over another."""
        path = self._folder / name_of(size)
        try:
            write_once(path, note.encode())
        except FileExistsError:
            if not path.is_file():
                raise LedgerError(f"the checkpoint cannot be kept as {path}: something else is in its place") from None
            require_same(str(path), path.read_text(encoding="utf-8", errors="replace"), note)
        except OSError as error:
            raise LedgerError(f"the checkpoint cannot be kept as {path}: {error.strerror}") from None

    def newest(self) -> Iterator[Kept]:
        """The files; their times are the file system's."""
        try:
            for path in sorted(self._folder.glob("checkpoint-*.note"), reverse=True):
                yield Kept(str(path), path.read_text(encoding="utf-8", errors="replace"), datetime.fromtimestamp(path.stat().st_mtime, UTC))
        except OSError as error:
            raise LedgerError(f"the anchor {self.url} cannot be read: {error.strerror}") from None
