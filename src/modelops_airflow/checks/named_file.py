"""A file that an option names, below the project root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import CheckError

if TYPE_CHECKING:
    from pathlib import Path

    from .check import CheckContext


def named_file(file: str, context: CheckContext, what: str, most: int) -> bytes:
    """Its bytes.

    Args:
        what: the file is, for messages.
        most: bytes that it may have.

    Raises:
        CheckError: there is no project here, or it cannot be read, or is too large.
        DataError: the path leads out of the project.
    """
    if context.resolve is None:
        raise CheckError(f"file {file!r} cannot be found: there is no project here")
    path: Path = context.resolve(file)
    try:
        data = path.read_bytes() if path.stat().st_size <= most else None
    except OSError as error:
        raise CheckError(f"{what} {file!r} cannot be read: {error.strerror}") from None
    if data is None:
        raise CheckError(f"{what} {file!r} has more than {most} bytes")
    return data
