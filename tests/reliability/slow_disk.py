"""A disk that takes its time, as disks do and memory does not: then kills fall into writes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from broken_on_purpose import replaced


@contextmanager
def slow_disk() -> Iterator[None]:
    """Two milliseconds for each fsync, a fifth of one for each write to a descriptor."""
    sync, write = os.fsync, os.write

    def slow_sync(handle: int) -> None:
        time.sleep(0.002)
        sync(handle)

    def slow_write(handle: int, data: bytes) -> int:
        time.sleep(0.0002)
        return write(handle, data)

    with replaced(os, "fsync", slow_sync), replaced(os, "write", slow_write):
        yield
