"""A measurement as a picture in a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from .output import writing

if TYPE_CHECKING:
    from ..data.profile import Profiles
    from ..measurement import Measurement


def drawable(path: Path) -> None:
    """Refuse early, before anything is measured, what a picture cannot be written to.

    Raises:
        DataError: no .svg file, or in no folder.
    """
    if path.is_dir():
        raise DataError(f"the picture cannot be written to {path}, which is a folder; name a file in it with --plot")
    if path.suffix != ".svg":
        raise DataError(f"the picture cannot be written to {path}: pictures are SVG; name a file that ends in .svg with --plot")
    if not path.parent.is_dir():
        raise DataError(f"the picture cannot be written to {path}: there is no folder {path.parent}; make it, or name another file with --plot")


def draw(path: Path, measured: Measurement, profiles: Profiles) -> None:
    """Write the picture, whole or not at all, and tell where; on standard error, as JSON may be what is printed."""
    from ..durable import write_durably
    from ..plots import plot

    with writing("the picture", path, "--plot"):
        write_durably(path, plot(measured, profiles).encode(), mode=0o644)
    print(f"wrote {path}", file=sys.stderr)
