"""Partition: the file of one model and one stretch of time, written once."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from ..digest import Digest, digest_bytes
from ..durable import PARTIAL
from ..errors import TargetError
from .own_folder import NoPlainFile, OwnFolder

_FORGOTTEN = 86400.0
"""Seconds after which what was made ready and never put in its place is deleted: a kill came between."""
_OURS = re.compile(rf"[0-9a-f]{{64}}|{re.escape(PARTIAL)}\w+")
"""What is made ready, and what a kill left of making it."""


class Partition:
    """`scored/model=<id>/date=<day of the start>/<start>_<end>.parquet`, UTC.

    What is to be there is made ready first, under its digest; it takes its place by a link, which never goes over another file.

    Args:
        folder: of the target.
    """

    def __init__(self, folder: Path, model: str, start: datetime, end: datetime) -> None:
        begins, ends = start.astimezone(UTC), end.astimezone(UTC)
        self.name = f"scored/model={model}/date={begins:%Y-%m-%d}/{begins:%Y%m%dT%H%M%SZ}_{ends:%Y%m%dT%H%M%SZ}.parquet"
        self._own, self._ready = OwnFolder(folder), f"scored/.ready/{model}"

    def shown(self) -> Digest | None:
        """Digest of what is there; None for nothing."""
        return self._own.digest(self.name)

    def make_ready(self, data: bytes) -> Digest:
        """Keep bytes until they may take their place; a kill loses nothing and shows nothing."""
        self._forget()
        digest = digest_bytes(data)
        self._own.write(self._of(digest), data, mode=0o640)
        return digest

    def is_ready(self, digest: Digest) -> bool:
        """Whether these bytes wait for their place."""
        try:
            return self._own.digest(self._of(digest)) == digest
        except NoPlainFile:
            return False

    def take_place(self, digest: Digest) -> None:
        """Put what was made ready in its place, and read it back; it may be there already.

        Raises:
            TargetError: there are other bytes, which stay.
        """
        if self.is_ready(digest):
            with suppress(FileExistsError, FileNotFoundError):  # the same task elsewhere may have been faster
                self._own.link(self._of(digest), self.name)
        if self.shown() != digest:
            raise TargetError(f"{self.name} has other bytes than were recorded: expected {digest}, found {self.shown() or 'nothing'}; "
                              "nothing was written over it. Find out who wrote it, move it away, and clear the task")
        self.drop(digest)

    def drop(self, digest: Digest) -> None:
        """Forget bytes that may not take their place."""
        self._own.remove(self._of(digest))

    def _of(self, digest: Digest) -> str:
        return f"{self._ready}/{digest.removeprefix('sha256:')}"

    def _forget(self) -> None:
        for name in self._own.names(self._ready) or ():
            if _OURS.fullmatch(name):
                self._own.remove(f"{self._ready}/{name}", before=time.time() - _FORGOTTEN)
