"""Partition: the file of one model and one stretch of time, written once."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from ..digest import Digest, digest_bytes, digest_file
from ..durable import sync, write_durably
from ..errors import TargetError

_FORGOTTEN = 86400.0
"""Seconds after which what was made ready and never put in its place is deleted: a kill came between."""


class Partition:
    """`scored/model=<id>/date=<day of the start>/<start>_<end>.parquet`, UTC.

    What is to be there is made ready first, under its digest; it takes its place by a link, which never goes over another file.

    Args:
        folder: of the target.
    """

    def __init__(self, folder: Path, model: str, start: datetime, end: datetime) -> None:
        begins, ends = start.astimezone(UTC), end.astimezone(UTC)
        self.name = f"scored/model={model}/date={begins:%Y-%m-%d}/{begins:%Y%m%dT%H%M%SZ}_{ends:%Y%m%dT%H%M%SZ}.parquet"
        self._file, self._ready = folder / self.name, folder / "scored" / ".ready" / model

    def shown(self) -> Digest | None:
        """Digest of what is there; None for nothing."""
        return digest_file(self._file) if self._file.is_file() else None

    def make_ready(self, data: bytes) -> Digest:
        """Keep bytes until they may take their place; a kill loses nothing and shows nothing."""
        self._forget()
        digest = digest_bytes(data)
        write_durably(self._of(digest), data, mode=0o640)
        return digest

    def is_ready(self, digest: Digest) -> bool:
        """Whether these bytes wait for their place."""
        file = self._of(digest)
        return file.is_file() and digest_file(file) == digest

    def take_place(self, digest: Digest) -> None:
        """Put what was made ready in its place, and read it back; it may be there already.

        Raises:
            TargetError: there are other bytes, which stay.
        """
        ready = self._of(digest)
        if self.is_ready(digest):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError, FileNotFoundError):  # the same task elsewhere may have been faster
                os.link(ready, self._file)
                sync(self._file.parent)
        if self.shown() != digest:
            raise TargetError(f"{self.name} has other bytes than were recorded: expected {digest}, found {self.shown() or 'nothing'}; "
                              "nothing was written over it. Find out who wrote it, move it away, and clear the task")
        ready.unlink(missing_ok=True)

    def drop(self, digest: Digest) -> None:
        """Forget bytes that may not take their place."""
        self._of(digest).unlink(missing_ok=True)

    def _of(self, digest: Digest) -> Path:
        return self._ready / digest.removeprefix("sha256:")

    def _forget(self) -> None:
        for file in self._ready.glob("*"):
            with suppress(FileNotFoundError):
                if time.time() - file.stat().st_mtime > _FORGOTTEN:
                    file.unlink()
