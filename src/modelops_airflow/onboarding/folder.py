"""A folder: the pointers of a folder target, which say what is live, or model files, which say nothing of that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ..digest import digest_file, parse_digest
from ..errors import ArtifactError, DataError, TargetError
from ..kinds import KINDS
from ..spec.project import Project
from ..targets.own_folder import OwnFolder
from .found import Found, Progress

LIVE, ARTIFACTS = "live", "artifacts"
LARGEST = 64 << 20
"""Bytes of a file that is looked into, where its name says too little."""
_TEXT = ".txt"


def models_in(path: Path, project: Project, progress: Progress) -> list[Found]:
    """The models of a folder.

    Raises:
        DataError: there is no such folder.
    """
    if not path.is_dir():
        raise DataError(f"there is no folder {path}; expected one of model files, or the folder of a folder target")
    if (path / LIVE).is_dir():
        pointers = sorted((path / LIVE).glob("*.json"))
        return [one for at, file in enumerate(pointers, 1) if (one := _live(path, file)) and _counted(progress, at, len(pointers))]
    suffixes = _suffixes()
    files = [file for file in sorted(path.rglob("*")) if file.is_file() and file.suffix.lower() in suffixes]
    return [one for at, file in enumerate(files, 1)
            if _counted(progress, at, len(files)) and (one := _file(file, suffixes[file.suffix.lower()], project))]


def _counted(progress: Progress, done: int, total: int) -> bool:
    progress(done, total)
    return True


def _live(path: Path, file: Path) -> Found | None:
    """What a pointer says is live, hashed again; None of one that was taken out of service."""
    where, own = f"{path / LIVE / file.name}", OwnFolder(path)
    try:
        pointer = json.loads(own.read(f"{LIVE}/{file.name}"))
        named, version = pointer["artifact"], pointer.get("version")
        digest = parse_digest(named) if named is not None else None
    except (OSError, TargetError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Found(file.stem, "", where, in_use=True, notes=("its pointer cannot be read",))
    if digest is None:
        return None
    artifact = path / ARTIFACTS / digest.removeprefix("sha256:")
    try:
        there = own.digest(f"{ARTIFACTS}/{artifact.name}")
    except TargetError as error:
        return Found(file.stem, str(version or ""), where, in_use=True, notes=(str(error),))
    notes = [f"its bytes are {artifact}" if there == digest else f"its pointer names {digest}, and {'other bytes are' if there else 'nothing is'} there"]
    return Found(file.stem, str(version or ""), where, in_use=True, digest=there, notes=tuple(notes))


def _file(file: Path, kinds: list[str], project: Project) -> Found | None:
    """A model file; None of a text that is none."""
    fitting = kinds if len(kinds) == 1 and file.suffix.lower() != _TEXT else _fitting(file, kinds)
    if not fitting and file.suffix.lower() == _TEXT:
        return None
    unsure = [] if len(fitting) == 1 else [f"a {file.suffix} may be {', '.join(kinds)}"]
    return Found(file.stem, "", str(file), in_use=False, kind=fitting[0] if len(fitting) == 1 else None, digest=digest_file(file),
                 artifact=_below(file, project), notes=tuple(unsure))


def _fitting(file: Path, kinds: list[str]) -> list[str]:
    """The kinds of which a file has the form, looked at as a scan does, which runs nothing of its author's."""
    if file.stat().st_size > LARGEST:
        return []
    data, found = file.read_bytes(), []
    for name in kinds:
        with suppress(ArtifactError):
            found += [name] if KINDS[name].findings(data).format_allowed else []
    return found


def _below(file: Path, project: Project) -> str | None:
    """The path below the project, if it is below it."""
    path = file.resolve()
    return path.relative_to(project.root).as_posix() if path.is_relative_to(project.root) else None


def _suffixes() -> dict[str, list[str]]:
    """Which kinds have files that end so; tables are left out, for most of them are data."""
    found: dict[str, list[str]] = {}
    for suffix, name in _pairs():
        if suffix and suffix not in (".csv", ".parquet"):
            found.setdefault(suffix, []).append(name)
    return found


def _pairs() -> Iterator[tuple[str, str]]:
    return ((suffix.lower(), name) for name in sorted(KINDS) for suffix in KINDS[name].suffixes)
