"""Which files of a folder are data, and of which form."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePath

from ..errors import DataError

SUFFIXES = {".parquet": "parquet", ".csv": "csv"}


def hidden(name: str) -> bool:
    """Whether a file is left out of a folder: writers mark their own so, as `_SUCCESS`."""
    return name.startswith((".", "_"))


def require_no_folders(text: str, folders: Collection[str]) -> None:
    """Rows in folders below would be passed over silently.

    Raises:
        DataError: there are some.
    """
    if folders:
        raise DataError(f"data set {text!r} has folders within it ({', '.join(sorted(folders)[:3])}), which are not read; "
                        "put the files into one folder, or name a pattern that leaves the folders out, such as *.parquet")


def require_one_form(text: str, names: Collection[str], where: str = "below the project root") -> None:
    """All files must be Parquet, or all CSV.

    Raises:
        DataError: there are none, of two forms, or of another.
    """
    if not names:
        raise DataError(f"data set {text!r} is not there; expected a file, folder or pattern {where}")
    suffixes = {PurePath(name).suffix.lower() for name in names}
    if len(suffixes) > 1 or not suffixes <= set(SUFFIXES):
        raise DataError(f"data set {text!r} has files of {sorted(suffixes)}; expected all .parquet or all .csv")
