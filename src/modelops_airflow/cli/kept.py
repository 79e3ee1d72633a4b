"""Files that a check keeps, in a folder of the caller's."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from ..errors import DataError
from .output import writing


def keeping(folder: Path, check: str) -> Callable[[str, bytes], None]:
    """Writes attachments into a folder, in the place of what is there, and tells where.

    Raises:
        DataError: there is no such folder.
    """
    if not folder.is_dir():
        raise DataError(f"files cannot be kept in {folder}, which is no folder; make it, or name another with --keep")

    def attach(name: str, data: bytes) -> None:
        from ..checks.attachment import demand_attachable
        from ..durable import write_durably

        demand_attachable(check, name, data)
        with writing("the attachment", folder / name, "--keep"):
            write_durably(folder / name, data, mode=0o600)
        print(f"wrote {folder / name}", file=sys.stderr)

    return attach
