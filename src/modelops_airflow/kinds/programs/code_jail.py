"""A jail for code of a stranger's: the same process as for pickles, with less to read and no jail without seccomp."""

from __future__ import annotations

import sysconfig
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..checked_answers import LONGEST_LABEL
from ..confinement.jail import Answer, Limits, ask, library_paths
from .python_source import READ

if TYPE_CHECKING:
    import pyarrow as pa

_ROOM = 1 << 20  # bytes of answer besides numbers and labels
SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache")
"""Where the libraries of machine code are."""
_MODULES = (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"))


def score_by_code(folder: str, entry: str, modules: Sequence[str], rows: pa.Table, *, limits: Limits) -> Answer:
    """Score rows with a function of a stranger's Python code, in a fresh jail.

    Args:
        folder: of the code; it and the libraries that may be imported are all that can be read.
        entry: `module:function`.
        modules: of the libraries, to import before the door is locked.

    Raises:
        ArtifactError: as `score_in_jail`.
    """
    readable = [f"{path}/{one}" for path in library_paths() for one in READ]
    orders = {"folder": folder, "entry": entry, "modules": list(modules), "readable": [folder, *readable, *_MODULES]}
    return ask(orders, b"", rows, limits, _ROOM + rows.num_rows * (16 + 2 * LONGEST_LABEL))


def score_by_library(folder: str, name: str, rows: pa.Table, *, scored: bool, limits: Limits) -> Answer:
    """Score rows with a shared library of machine code, in a fresh jail.

    Args:
        folder: of the library.
        name: of its file there.
        rows: columns of numbers, in the order that it wants them.
        scored: it also answers probabilities.

    Raises:
        ArtifactError: as `score_in_jail`.
    """
    orders = {"library": f"{folder}/{name}", "scored": scored, "modules": [], "readable": [folder, *SYSTEM, *_MODULES]}
    return ask(orders, b"", rows, limits, _ROOM + rows.num_rows * 16)
