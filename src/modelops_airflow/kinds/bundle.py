"""Artifacts of several files: a folder is taken as one archive, the same bytes for the same files everywhere."""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import ArtifactError
from ..folder_archive import archive_of
from .archive import MAX_MEMBERS, zip_findings

LARGEST = 2 << 30
"""Bytes of all files of a folder together."""


@dataclass(frozen=True)
class ArtifactFile:
    """The bytes that a model file's `artifact` names.

    Attributes:
        name: of the file; of a folder with `.zip` behind it.
    """

    name: str
    bytes: bytes


def read_artifact(path: Path, named: str) -> ArtifactFile:
    """A file's bytes, or those of a folder as one archive.

    Args:
        named: how messages call it.

    Raises:
        ArtifactError: there is nothing, or a folder that cannot be one artifact.
    """
    try:
        if path.is_dir():
            return ArtifactFile(f"{path.name}.zip", _archive(path, named))
        return ArtifactFile(path.name, path.read_bytes())
    except FileNotFoundError:
        raise ArtifactError(f"artifact {named} is not there") from None
    except OSError as error:
        raise ArtifactError(f"artifact {named} cannot be read: {error.strerror}") from None


def members_of(data: bytes) -> dict[str, bytes]:
    """Path -> bytes of every file of an archive.

    Raises:
        ArtifactError: it is none that may be unpacked.
    """
    readable, found = zip_findings(data)
    if not readable or found:
        raise ArtifactError(f"the archive cannot be unpacked: {found[0] if found else 'it is no zip archive'}")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        try:
            return {one.filename: archive.read(one) for one in archive.infolist() if not one.is_dir()}
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError) as error:
            raise ArtifactError(f"the archive cannot be unpacked: {error}") from None


def _archive(folder: Path, named: str) -> bytes:
    """Files in the order of their names."""
    data = archive_of(_bounded(sorted(_files(folder, named)), named))
    if data == archive_of(()):
        raise ArtifactError(f"artifact {named} is a folder without a file")
    return data


def _bounded(files: Sequence[tuple[str, Path]], named: str) -> Iterator[tuple[str, bytes]]:
    total = 0
    for number, (name, path) in enumerate(files, start=1):
        total += path.stat().st_size
        if number > MAX_MEMBERS or total > LARGEST:
            raise ArtifactError(f"artifact {named} is a folder of more than {MAX_MEMBERS} files or {LARGEST >> 30} GiB")
        yield name, path.read_bytes()


def _files(folder: Path, named: str) -> Iterator[tuple[str, Path]]:
    for path in folder.rglob("*"):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise ArtifactError(f"artifact {named} holds {path.relative_to(folder).as_posix()}, which is no plain file; expected files alone")
        if path.is_file():
            yield os.fspath(path.relative_to(folder).as_posix()), path
