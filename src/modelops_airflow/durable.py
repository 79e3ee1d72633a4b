"""Files that are written once: completely or not at all, and never over another."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_once(path: Path, data: bytes, *, mode: int = 0o444) -> None:
    """Write a new file: temporary file beside it, fsync, a hard link under its name, fsync of the folder.

    Raises:
        FileExistsError: there is a file of this name; it is left as it is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".partial-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        os.link(name, path)  # unlike a rename it fails where there is a file
    finally:
        os.unlink(name)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
