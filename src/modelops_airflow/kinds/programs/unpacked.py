"""An artifact's files in a folder that lives as long as one question: read-only, nobody else's, gone afterwards."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ...errors import ArtifactError

_NOBODY = 65534


@contextmanager
def unpacked(files: Mapping[str, bytes]) -> Iterator[str]:
    """The folder's real path.

    Args:
        files: path within the folder -> bytes; of `members_of`, so that none leaves the folder.

    Raises:
        ArtifactError: they cannot all be files of one folder.
    """
    with tempfile.TemporaryDirectory(prefix="modelops-model-") as made:
        folder = Path(made).resolve()
        try:
            for name, data in files.items():
                _write(folder, name, data)
            for place, _, names in os.walk(folder, topdown=False):
                _close(place, names)
        except (OSError, ValueError) as error:
            raise ArtifactError(f"the files of the artifact cannot be unpacked: {getattr(error, 'strerror', None) or error}") from None
        try:
            yield str(folder)
        finally:
            for place, _, _ in os.walk(folder):
                os.chmod(place, 0o700)


def _write(folder: Path, name: str, data: bytes) -> None:
    path = folder / name
    if folder not in path.parents or ".." in path.parts:
        raise ArtifactError(f"member {name[:80]!r} leaves the archive")
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "xb") as file:
        file.write(data)


def _close(place: str, names: list[str]) -> None:
    """Modes are ours, whatever an archive says: no set-user-id, nothing to write."""
    for path in [*(os.path.join(place, name) for name in names), place]:
        os.chmod(path, 0o500)
        if os.geteuid() == 0:
            os.chown(path, _NOBODY, _NOBODY)  # root is not root in the jail
